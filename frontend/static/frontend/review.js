/**
 * The review desk: from case to case. What the other keys press is in the page (keys.js).
 */
import "./keys.js";

const cases = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".case")]);
document.addEventListener("keydown", moved);
// After a decision the address names the place where the next case now stands.
const asked = document.getElementById(location.hash.slice(1));
if (asked?.matches(".case")) asked.focus();
else if (location.hash.startsWith("#place-")) cases.at(-1)?.focus();

/** @param {KeyboardEvent} event */
function moved(event) {
  const at = event.target;
  const typing = at instanceof HTMLElement && at.matches("input, textarea, select");
  if (event.key === "Escape" && typing) here()?.focus();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const place = cases.findIndex((one) => one === here());
  const next = cases[Math.min(cases.length - 1, Math.max(0, place + step))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

/** The case that has the focus, or holds what has it. */
function here() {
  return cases.find((one) => one.contains(document.activeElement));
}
