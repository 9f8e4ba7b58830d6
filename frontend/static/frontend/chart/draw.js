/**
 * The painter of SVG: few marks, each a link with its name, and what is saved or printed.
 * `canvas.js` paints the same geometry with the same look where marks are many or move.
 */

/** @import { Bin, Geometry, Mark, Middle, ShiftMark } from "./types.js" */

const SVG = "http://www.w3.org/2000/svg";
/** Around 0 0, in pixels. Down is harder, as on the scale. @type {Record<string, string>} */
export const ARROWS = {
  hardened: "M0-4.5V4.5M-3.2 1.3L0 4.5L3.2 1.3",
  softened: "M0 4.5V-4.5M-3.2-1.3L0-4.5L3.2-1.3",
  reversed: "M-2.4 4V-4M-4.6-1.8L-2.4-4L-.2-1.8M2.4-4V4M.2 1.8L2.4 4L4.6 1.8",
  changed: "M-4.5 0H4.5M-1.8-2.7L-4.5 0L-1.8 2.7M1.8-2.7L4.5 0L1.8 2.7",
  none: "M-2 0H2",
};
export const VALUES = [10, 5, 0, -5, -10];
export const FAINT = [0.16, 0.32, 0.55]; // opacity of a mark that stands for few, more, many

/**
 * An SVG element with attributes, and children that are elements or text.
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Element | string)} children
 */
export function el(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, typeof value === "number" ? String(Math.round(value * 10) / 10) : value);
  }
  node.append(...children);
  return node;
}

/**
 * The chart as one SVG element. `href` gives the address of a mark, `current` is the open one,
 * `at` the one that the arrow keys are on.
 * @param {Geometry} geometry
 * @param {(key: string) => string} href
 * @param {string} current
 * @param {string} at
 */
export function draw(geometry, href, current, at) {
  const root = frame(geometry);
  root.append(
    ...scale(geometry),
    plot(gaps(geometry), band(geometry)),
    ...words(geometry),
    plot(geometry.dense ? together(geometry) : [], lines(geometry)),
    ground(geometry),
    plot(items(geometry, href, current, at)),
    brushed(geometry),
  );
  return root;
}

/**
 * What lies over the canvas: the grounds that are dragged, and the links to the marks given.
 * @param {Geometry} geometry
 * @param {(Mark | ShiftMark)[]} marks
 * @param {(key: string) => string} href
 * @param {string} current
 * @param {string} at
 */
export function overlay(geometry, marks, href, current, at) {
  const root = frame(geometry);
  root.append(ground(geometry), plot(links(marks, href, current, at)), brushed(geometry));
  return root;
}

/** @param {Geometry} geometry */
function frame({ frame }) {
  const clip = el("clipPath", { id: "plot" }, el("rect", {
    ...{ x: frame.left - 12, y: 0, width: frame.right - frame.left + 24, height: frame.height },
  }));
  return el("svg", {
    ...{ viewBox: `0 0 ${frame.width} ${frame.height}`, width: frame.width, height: frame.height },
    ...{ role: "group", "aria-labelledby": "chart-title", "aria-describedby": "chart-help" },
  }, el("defs", {}, clip, hatch()));
}

/** @param {...Element[]} layers */
function plot(...layers) {
  return el("g", { "clip-path": "url(#plot)" }, ...layers.flat());
}

/** @param {Geometry} geometry */
function ground({ frame }) {
  return el("rect", { class: "ground", x: frame.left, y: 0, width: frame.right - frame.left, height: frame.bandTop });
}

/** @param {Geometry} geometry */
function brushed({ frame }) {
  return el("rect", {
    ...{ class: "band", x: frame.left, y: frame.bandTop - 8, width: frame.right - frame.left },
    height: frame.height - frame.bandTop + 8,
  });
}

function hatch() {
  return el(
    "pattern",
    { id: "hatch", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    el("rect", { class: "gap", width: 8, height: 8 }),
    el("path", { class: "hatching", d: "M0 0V8" }),
  );
}

/** @param {Geometry} geometry */
function scale({ frame, ticks }) {
  /** @param {number} value */
  const y = (value) => frame.top + ((10 - value) / 20) * (frame.bottom - frame.top);
  const values = VALUES.flatMap((value) => [
    el("line", { class: value ? "grid" : "grid zero", x1: frame.left, x2: frame.right, y1: y(value), y2: y(value) }),
    el("text", { x: frame.left - 8, y: y(value) + 4, "text-anchor": "end" }, signed(value)),
  ]);
  const days = ticks.flatMap((tick) => [
    el("line", { class: "grid upright", x1: tick.x, x2: tick.x, y1: frame.top, y2: frame.bandBottom }),
    el("text", {
      ...{ class: tick.major ? "tick-label major" : "tick-label", x: tick.x, y: frame.bandBottom + 18 },
      "text-anchor": "middle",
    }, tick.text),
  ]);
  return [...days, ...values];
}

/** @param {Geometry} geometry */
function words({ frame, most, crowded }) {
  return [
    el("text", { class: "axis-words", x: frame.left + 4, y: frame.top + (crowded ? 14 : -8) }, "agrees, offers"),
    el("text", { class: "axis-words", x: frame.left + 4, y: frame.bottom - 6 }, "refuses, threatens"),
    el("line", { class: "rail", x1: frame.left, x2: frame.right, y1: frame.rail, y2: frame.rail }),
    el("text", { class: "axis-words", x: frame.left + 4, y: frame.rail - 6 }, "not stated"),
    el("text", { x: frame.left - 8, y: frame.bandTop + 9, "text-anchor": "end" }, String(most)),
  ];
}

/** @param {number} value */
export function signed(value) {
  return value > 0 ? `+${value}` : String(value).replace("-", "−");
}

/** @param {Geometry} geometry */
function gaps({ gaps: all, frame }) {
  return all.flatMap((gap) => [
    el(
      "rect",
      { x: gap.x, width: gap.width, y: frame.top, height: frame.rail + 10 - frame.top, fill: "url(#hatch)" },
      el("title", {}, gap.name),
    ),
    el("text", { class: "gap-label", x: gap.x + gap.width / 2, y: frame.top + 16 }, gap.label),
  ]);
}

/** @param {Geometry} geometry */
function band({ bars, frame }) {
  return bars.map((bar) =>
    el(
      "rect",
      { class: "bar", x: bar.x, width: bar.width, y: frame.bandBottom - bar.height, height: bar.height },
      el("title", {}, bar.name),
    ),
  );
}

/** @param {Geometry} geometry */
function lines({ ties, shifts }) {
  return [
    ...ties.map((tie) => el("path", { class: `link ${tie.kind}`, d: path(tie.line) })),
    ...shifts.map((one) => el("path", { class: `shift ${one.direction} ${one.status}`, d: path(one.line) })),
  ];
}

/** @param {[number, number, number, number]} line */
function path([x1, y1, x2, y2]) {
  return `M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}`;
}

/**
 * Marks too many to be a link each: one path for each shape and weight, and their middle.
 * @param {Geometry} geometry
 */
function together({ bins, middles }) {
  /** @type {Map<string, Bin[]>} */
  const alike = new Map();
  for (const one of bins) {
    const look = `${one.fidelity} ${one.weight}`;
    const others = alike.get(look);
    if (others) others.push(one);
    else alike.set(look, [one]);
  }
  const marks = [...alike].map(([look, all]) => {
    const [fidelity = "", weight] = look.split(" ");
    const opacity = FAINT[Number(weight) - 1] ?? 1;
    return el("path", { class: `mark ${fidelity}`, d: all.map(outline).join(""), opacity: String(opacity) });
  });
  return [...marks, ...runs(middles).flatMap((run) => [
    el("path", { class: "quartiles", d: around(run) }),
    el("path", { class: "median", d: `M${run.map((one) => `${round(one.x)} ${round(one.median)}`).join("L")}` }),
  ])];
}

/**
 * The middles cut where nothing was stated in between.
 * @param {Middle[]} middles
 * @returns {Middle[][]}
 */
export function runs(middles) {
  /** @type {Middle[][]} */
  const found = [];
  for (const one of middles) {
    if (one.joined) found.at(-1)?.push(one);
    else found.push([one]);
  }
  return found;
}

/** @param {Middle[]} run */
function around(run) {
  const upper = run.map((one) => `${round(one.x)} ${round(one.high)}`);
  const lower = run.map((one) => `${round(one.x)} ${round(one.low)}`).reverse();
  return `M${[...upper, ...lower].join("L")}Z`;
}

/**
 * Every mark as a link, each after the shifts that led to it.
 * @param {Geometry} geometry
 * @param {(key: string) => string} href
 * @param {string} current
 * @param {string} at
 */
function items({ marks, shifts, dense }, href, current, at) {
  if (dense) return [];
  /** @type {Map<number, (Mark | ShiftMark)[]>} */
  const led = new Map();
  for (const one of shifts) led.set(one.newer, [...(led.get(one.newer) ?? []), one]);
  const inTime = marks.flatMap((one) => {
    const before = led.get(one.id) ?? [];
    led.delete(one.id);
    return [...before, one];
  });
  return links([...inTime, ...[...led.values()].flat()], href, current, at);
}

/**
 * @param {(Mark | ShiftMark)[]} marks
 * @param {(key: string) => string} href
 * @param {string} current
 * @param {string} at
 */
function links(marks, href, current, at) {
  const keys = new Set(marks.map((one) => one.key));
  const first = keys.has(at) ? at : keys.has(current) ? current : marks[0]?.key;
  return marks.map((one) => {
    const node = "line" in one ? shift(one) : utterance(one);
    node.setAttribute("href", href(one.key));
    node.setAttribute("tabindex", one.key === first ? "0" : "-1");
    if (one.key === current) node.setAttribute("aria-current", "true");
    return node;
  });
}

/** @param {Mark} one */
function utterance(one) {
  const parts = [el("circle", { class: "hit", cx: one.x, cy: one.y, r: 13 })];
  if (one.to - one.from > 2 * one.radius) parts.push(whisker(one));
  parts.push(shape(one), el("circle", { class: "ring", cx: one.x, cy: one.y, r: one.radius + 4 }));
  return item(one.key, one.name, "item utterance", parts);
}

/** @param {Mark} one */
function whisker(one) {
  const cap = `M${round(one.from)} ${round(one.y - 4)}v8M${round(one.to)} ${round(one.y - 4)}v8`;
  return el("path", { class: "whisker", d: `M${round(one.from)} ${round(one.y)}H${round(one.to)}${cap}` });
}

/** @param {Mark} one */
function shape(one) {
  return el("path", { class: `mark ${one.fidelity}`, d: outline(one) });
}

/**
 * The outline of a mark: circle, diamond, square, triangle, all of about the same area.
 * @param {{ x: number, y: number, radius: number, fidelity: string }} one
 */
export function outline({ x, y, radius, fidelity }) {
  const r = round(radius);
  if (fidelity === "verbatim") {
    return `M${round(x - radius)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }
  const side = round(radius * 0.9);
  const wide = round(radius * 1.2);
  if (fidelity === "translated") return `M${round(x)} ${round(y - wide)}l${wide} ${wide}l${-wide} ${wide}l${-wide} ${-wide}Z`;
  if (fidelity === "reported") return `M${round(x - side)} ${round(y - side)}h${2 * side}v${2 * side}h${-2 * side}Z`;
  return `M${round(x)} ${round(y - wide)}l${wide} ${round(wide * 1.8)}h${-2 * wide}Z`;
}

/** @param {ShiftMark} one */
function shift(one) {
  const parts = [
    el("circle", { class: "hit", cx: one.x, cy: one.y, r: 12 }),
    el("circle", { class: "badge", cx: one.x, cy: one.y, r: one.radius }),
    sign(one),
    el("circle", { class: "ring", cx: one.x, cy: one.y, r: one.radius + 3.5 }),
  ];
  if (one.labelled) {
    parts.push(el("text", { class: "label", x: one.labelX, y: one.labelY + 4, "text-anchor": "middle" }, one.label));
  }
  return item(one.key, one.name, `item ${one.direction} ${one.status}`, parts);
}

/**
 * The sign in a badge: where the position went, or that this is not decided.
 * @param {ShiftMark} one
 */
function sign({ x, y, status, direction }) {
  const arrow = status === "undecided" ? undefined : ARROWS[direction];
  if (!arrow) return el("text", { class: "badge-sign", x, y: y + 4, "aria-hidden": "true" }, "?");
  return el("path", { class: "badge-arrow", d: arrow, transform: `translate(${round(x)} ${round(y)})` });
}

/**
 * @param {string} key
 * @param {string} name
 * @param {string} kind
 * @param {Element[]} parts
 */
function item(key, name, kind, parts) {
  return el("a", { class: kind, "data-key": key, "aria-label": name }, el("title", {}, name), ...parts);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
