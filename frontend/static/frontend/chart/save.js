/** The chart as a file: SVG with its looks written into it, or PNG made of that. */

const LOOKS = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin"],
  ...["opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor", "paint-order"],
];
const SHARP = 2; // pixels of the PNG for one of the chart

/**
 * Save a picture as `kind` (`svg` or `png`) under a name made of the title.
 * @param {Element} drawn
 * @param {HTMLElement} place where the page's style holds
 * @param {string} kind
 * @param {string} title
 */
export async function savePicture(drawn, place, kind, title) {
  const text = standalone(drawn, place, title);
  const svg = new Blob([text], { type: "image/svg+xml" });
  const blob = kind === "svg" ? svg : await pixels(text, drawn);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-")}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * The SVG's text, readable without the page: looks as attributes, a ground, a title, no links.
 * @param {Element} drawn
 * @param {HTMLElement} place
 * @param {string} title
 */
function standalone(drawn, place, title) {
  const hidden = document.createElement("div");
  hidden.className = "unseen chart";
  hidden.append(drawn);
  place.after(hidden);
  for (const node of drawn.querySelectorAll(".hit, .ring, .ground, .band")) node.remove();
  const nodes = [drawn, ...drawn.querySelectorAll("*")];
  nodes.forEach(dress);
  for (const node of nodes) node.removeAttribute("class"); // only now: looks hang on the classes around
  hidden.remove();
  for (const link of drawn.querySelectorAll("a")) link.removeAttribute("href");
  drawn.prepend(named(title), ground(place));
  drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new XMLSerializer().serializeToString(drawn);
}

/** @param {Element} node */
function dress(node) {
  if (node.tagName === "title") return;
  const style = getComputedStyle(node);
  for (const look of LOOKS) node.setAttribute(look, style.getPropertyValue(look));
}

/** @param {string} title */
function named(title) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", "title");
  node.textContent = title;
  return node;
}

/** @param {HTMLElement} place */
function ground(place) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  node.setAttribute("width", "100%");
  node.setAttribute("height", "100%");
  node.setAttribute("fill", getComputedStyle(place).getPropertyValue("--sheet").trim());
  return node;
}

/**
 * @param {string} svg
 * @param {Element} drawn
 * @returns {Promise<Blob>}
 */
async function pixels(svg, drawn) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Number(drawn.getAttribute("width")) * SHARP;
  canvas.height = Number(drawn.getAttribute("height")) * SHARP;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture could be made"))));
  });
}
