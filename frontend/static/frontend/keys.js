/**
 * Single keys. What has `data-key` is pressed by one of its keys: in the case that has the focus,
 * else anywhere on the page. A field is entered, and so is the first field of what opens.
 */

const keysHelp = document.querySelector(".keys");
if (keysHelp instanceof HTMLElement) keysHelp.hidden = false;
document.addEventListener("keydown", (event) => keyPressed(event));

/** @param {KeyboardEvent} event */
function keyPressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
  const target = keyed(event.key);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input:not([type=radio])")) return target.focus();
  target.click();
  const field = target.matches("summary") && target.parentElement?.querySelector("input:not([type=hidden]), select");
  if (field instanceof HTMLElement) field.focus();
}

/**
 * Whether the key already means something where it was pressed.
 * @param {KeyboardEvent} event
 */
function isTaken(event) {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  if (at.matches("select, textarea, input:not([type=radio])")) return true;
  return event.key === "Enter" && at.matches("a, button, summary");
}

/**
 * @param {string} key
 * @returns {HTMLElement | null}
 */
function keyed(key) {
  const wanted = `[data-key~="${CSS.escape(key)}"]`;
  const cases = document.querySelectorAll(".case");
  const here = document.activeElement?.closest(".case") ?? (cases.length === 1 ? cases[0] : null);
  return here?.querySelector(wanted) ?? document.querySelector(`${wanted}:not(.case *)`);
}
