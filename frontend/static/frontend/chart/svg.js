/**
 * The painter of SVG: few marks, each a link with its name, and what is saved or printed.
 * `canvas.js` paints the same scene where marks are many or move.
 */

import { LOOKS, eachBin } from "./dense.js";
import { ARROWS, FAINT, outline, round, scene } from "./scene.js";

/** @import { Geometry, Mark, Shape, ShiftMark } from "./types.js" */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG element with attributes, and children that are elements or text.
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Element | string)} children
 */
export function el(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, typeof value === "number" ? String(round(value)) : value);
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
  const layers = scene(geometry);
  layers.forEach(({ clipped, shapes }, place) => {
    const nodes = [...(place === layers.length - 1 ? together(geometry) : []), ...shapes.flatMap(shaped)];
    root.append(...(clipped ? [plot(nodes)] : nodes));
  });
  root.append(ground(geometry), plot(items(geometry, href, current, at)), brushed(geometry));
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

/** @type {(shape: Shape) => Element[]} */
function shaped(shape) {
  const look = { class: shape.look };
  if ("text" in shape) return [el("text", { ...look, x: shape.x, y: shape.y }, shape.text)];
  if ("boxes" in shape) {
    return shape.names.map((name, place) => {
      const [x = 0, y = 0, width = 0, height = 0] = shape.boxes.slice(4 * place);
      return el("rect", { ...look, x, y, width, height }, el("title", {}, name));
    });
  }
  const d = "lines" in shape ? path(shape.lines, 4) : path(shape.points, Infinity);
  return d ? [el("path", { ...look, d })] : [];
}

/**
 * Lines through points, a new one after every `each` numbers.
 * @type {(numbers: number[], each: number) => string}
 */
function path(numbers, each) {
  let d = "";
  for (let place = 0; place < numbers.length; place += 2) {
    const begins = place % each === 0;
    d += `${begins ? "M" : "L"}${round(numbers[place] ?? 0)} ${round(numbers[place + 1] ?? 0)}`;
  }
  return d;
}

/** @param {Geometry} geometry */
function frame({ frame }) {
  const clip = el("clipPath", { id: "plot" }, el("rect", {
    ...{ x: frame.left - 12, y: 0, width: frame.right - frame.left + 24, height: frame.height },
  }));
  return el("svg", {
    ...{ viewBox: `0 0 ${frame.width} ${frame.height}`, width: frame.width, height: frame.height },
    ...{ role: "group", "aria-labelledby": "chart-title", "aria-describedby": "chart-help" },
  }, el("defs", {}, clip));
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

/**
 * Marks too many to be a link each: a path of whiskers and one of marks for each look.
 * @param {Geometry} geometry
 */
function together(geometry) {
  const [marks, whiskers] = [LOOKS.map(() => ""), FAINT.map(() => "")];
  eachBin(geometry, (x, y, place, from, to) => {
    const look = LOOKS[place];
    if (!look) return;
    marks[place] += outline({ ...look, x, y });
    if (to - from > 2 * look.radius) whiskers[look.weight] += whisker(from, to, y);
  });
  const opacity = (/** @type {number} */ weight) => String(FAINT[weight] ?? 1);
  return [
    ...whiskers.map((d, weight) => el("path", { class: "whisker", d, opacity: opacity(weight) })),
    ...LOOKS.map(({ fidelity, weight }, place) =>
      el("path", { class: `mark ${fidelity}`, d: marks[place] ?? "", opacity: opacity(weight) }),
    ),
  ].filter((node) => node.getAttribute("d"));
}

/**
 * Every mark as a link, each after the shifts that led to it.
 * @param {Geometry} geometry
 * @param {(key: string) => string} href
 * @param {string} current
 * @param {string} at
 */
function items({ marks, shifts, level }, href, current, at) {
  if (level) return [];
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
  if (one.to - one.from > 2 * one.radius) parts.push(el("path", { class: "whisker", d: whisker(one.from, one.to, one.y) }));
  const ring = el("circle", { class: "ring", cx: one.x, cy: one.y, r: one.radius + 4 });
  parts.push(el("path", { class: `mark ${one.fidelity}`, d: outline(one) }), ring);
  return item(one.key, one.name, "item utterance", parts);
}

/** @type {(from: number, to: number, y: number) => string} */
function whisker(from, to, y) {
  const [left, right, top] = [round(from), round(to), round(y - 4)];
  return `M${left} ${top}v8M${right} ${top}v8M${left} ${round(y)}H${right}`;
}

/** @param {ShiftMark} one */
function shift(one) {
  const parts = [
    el("circle", { class: "hit", cx: one.x, cy: one.y, r: 12 }),
    el("circle", { class: `badge ${one.direction} ${one.status}`, cx: one.x, cy: one.y, r: one.radius }),
    sign(one),
    el("circle", { class: "ring", cx: one.x, cy: one.y, r: one.radius + 3.5 }),
  ];
  if (one.labelled) parts.push(el("text", { class: "label", x: one.labelX, y: one.labelY + 4 }, one.label));
  return item(one.key, one.name, `item ${one.direction} ${one.status}`, parts);
}

/**
 * The sign in a badge: where the position went, or that this is not decided.
 * @param {ShiftMark} one
 */
function sign({ x, y, status, direction }) {
  const arrow = status === "undecided" ? undefined : ARROWS[direction];
  if (!arrow) return el("text", { class: "badge-sign", x, y: y + 4, "aria-hidden": "true" }, "?");
  return el("path", { class: `badge-arrow ${direction}`, d: arrow, transform: `translate(${round(x)} ${round(y)})` });
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
