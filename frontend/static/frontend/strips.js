/** Saves the small charts of a page as one picture: each under its name, on the one axis. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 960; // pixels
const NAME = 22; // the height of a name above its chart

for (const node of document.querySelectorAll(".scripted")) node.removeAttribute("hidden");
document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-save]");
  if (button instanceof HTMLElement) void save(button.dataset["save"] ?? "", button);
});

/**
 * @param {string} kind
 * @param {HTMLElement} place
 */
async function save(kind, place) {
  const { savePicture } = await import("./chart/save.js");
  await savePicture(together(), place, kind, document.title);
}

/** The small charts of the page below each other. */
function together() {
  const root = document.createElementNS(SVG, "svg");
  let y = 0;
  for (const chart of document.querySelectorAll("svg.strip, svg.use-chart")) {
    const name = nameOf(chart);
    if (name) root.append(written(name, y + NAME - 6));
    y += name ? NAME : 0;
    const height = heightOf(chart);
    const copy = /** @type {Element} */ (chart.cloneNode(true));
    set(copy, { x: 0, y, width: WIDTH, height });
    root.append(copy);
    y += height + 8;
  }
  set(root, { width: WIDTH, height: y, viewBox: `0 0 ${WIDTH} ${y}` });
  return root;
}

/** @param {Element} chart */
function heightOf(chart) {
  const box = chart.getAttribute("viewBox")?.split(" ").map(Number);
  return box ? (WIDTH * (box[3] ?? 0)) / (box[2] ?? 1) : Number(chart.getAttribute("height"));
}

/** @param {Element} chart */
function nameOf(chart) {
  const named = chart.closest(".card, .lane, section")?.querySelector("a, h2");
  return chart.closest(".years") ? "" : (named?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/**
 * @param {string} name
 * @param {number} y
 */
function written(name, y) {
  const text = document.createElementNS(SVG, "text");
  set(text, { x: 8, y, class: "tick-label major start" });
  text.textContent = name;
  return text;
}

/**
 * @param {Element} node
 * @param {Record<string, string | number>} attributes
 */
function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
}
