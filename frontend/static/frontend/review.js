/**
 * Single keys for the review desk. Every key presses a button or a link that is on the page.
 */

const cases = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".case")]);
const help = document.querySelector(".keys");
if (help instanceof HTMLElement) help.hidden = false;
document.addEventListener("keydown", pressed);

/** @param {KeyboardEvent} event */
function pressed(event) {
  const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  /** @type {Record<string, () => void>} */
  const keys = {
    j: () => go(1),
    k: () => go(-1),
    c: () => press("[data-decide=confirm]"),
    r: () => press("[data-decide=reject]"),
    o: () => press("[data-open]"),
    u: () => click(document.querySelector("[data-undo]")),
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** The place of the case that has the focus, or holds what has it; -1 where none does. */
function here() {
  return cases.findIndex((one) => one.contains(document.activeElement));
}

/** @param {number} step */
function go(step) {
  const next = cases[Math.min(cases.length - 1, Math.max(0, here() + step))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

/** @param {string} selector of a button or link of the case that has the focus */
function press(selector) {
  click(cases[here()]?.querySelector(selector));
}

/** @param {Element | null | undefined} target */
function click(target) {
  if (target instanceof HTMLElement) target.click();
}
