/**
 * The reader: a click on attributed words leads to their statement, and selected words become
 * those of a statement to be added. Everything it does can be done without it.
 */

const text = document.getElementById("text");
const box = document.getElementById("add-statement");
const exact = box?.querySelector("[name=exact]");
const near = box?.querySelector("[name=near]");
if (text) {
  text.addEventListener("click", opened);
  document.addEventListener("selectionchange", selected);
  showTarget();
  addEventListener("hashchange", showTarget);
}

/** Open what the address names, where it lies in a closed box. */
function showTarget() {
  const target = document.getElementById(location.hash.slice(1));
  const closed = target?.closest("details");
  if (closed instanceof HTMLDetailsElement) closed.open = true;
}

/** @param {MouseEvent} event */
function opened(event) {
  const clicked = event.target instanceof Element ? event.target.closest("[data-statement]") : null;
  const statement = clicked instanceof HTMLElement ? (clicked.dataset["statement"] ?? "") : "";
  if (statement && getSelection()?.isCollapsed) location.hash = statement;
}

/** Put the selected words, and where they begin, into the form. */
function selected() {
  const selection = getSelection();
  if (!text || !selection || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.commonAncestorContainer)) return;
  const words = wordsOf(range);
  if (!words.trim() || !(exact instanceof HTMLTextAreaElement)) return;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  exact.value = words.trim();
  const blanks = words.length - words.trimStart().length;
  const start = [...wordsOf(before)].length + blanks; // in characters, not in UTF-16 units
  if (near instanceof HTMLInputElement) near.value = String(start);
  if (box instanceof HTMLDetailsElement) box.open = true;
}

/**
 * The document's own text in a range: without labels, and with the characters that signs stand for.
 * @param {Range} range
 */
function wordsOf(range) {
  const part = range.cloneContents();
  for (const label of part.querySelectorAll(".tag, .anchor")) label.remove();
  for (const sign of part.querySelectorAll(".control")) {
    const code = parseInt((sign.textContent ?? "").slice(2), 16);
    if (code) sign.replaceWith(String.fromCodePoint(code));
  }
  return part.textContent ?? "";
}
