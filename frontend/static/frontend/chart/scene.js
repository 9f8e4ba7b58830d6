/**
 * What a geometry looks like, for both painters: shapes under classes, whose looks the style
 * sheet gives. So what is drawn as SVG and what is painted as pixels cannot differ.
 */

import { middles } from "./dense.js";

/** @import { Geometry, Layer, Shape } from "./types.js" */

/** Around 0 0, in pixels. Down is harder, as on the scale. @type {Record<string, string>} */
export const ARROWS = {
  hardened: "M0-4.5V4.5M-3.2 1.3L0 4.5L3.2 1.3",
  softened: "M0 4.5V-4.5M-3.2-1.3L0-4.5L3.2-1.3",
  reversed: "M-2.4 4V-4M-4.6-1.8L-2.4-4L-.2-1.8M2.4-4V4M.2 1.8L2.4 4L4.6 1.8",
  changed: "M-4.5 0H4.5M-1.8-2.7L-4.5 0L-1.8 2.7M1.8-2.7L4.5 0L1.8 2.7",
  none: "M-2 0H2",
};
export const FAINT = [0.16, 0.32, 0.55]; // opacity of a mark that stands for few, more, many
const VALUES = [10, 5, 0, -5, -10];
const HATCH = 11.3; // pixels between two strokes

/**
 * All but the marks and the badges, from back to front.
 * @param {Geometry} geometry
 * @returns {Layer[]}
 */
export function scene(geometry) {
  return [
    { clipped: false, shapes: scale(geometry) },
    { clipped: true, shapes: [...geometry.gaps.flatMap((one) => gap(one, geometry)), band(geometry)] },
    { clipped: false, shapes: words(geometry) },
    { clipped: true, shapes: [...middles(geometry), ...links(geometry)] },
  ];
}

/** @type {(geometry: Geometry) => Shape[]} */
function scale({ frame, ticks }) {
  /** @param {number} value */
  const y = (value) => frame.top + ((10 - value) / 20) * (frame.bottom - frame.top);
  /** @type {(value: number) => number[]} */
  const across = (value) => [frame.left, y(value), frame.right, y(value)];
  return [
    { look: "grid upright", lines: ticks.flatMap(({ x }) => [x, frame.top, x, frame.bandBottom]) },
    { look: "grid", lines: VALUES.flatMap(across) },
    { look: "grid zero", lines: across(0) },
    ...VALUES.map((value) => ({ look: "axis-value", text: signed(value), x: frame.left - 8, y: y(value) + 4 })),
    ...ticks.map(({ x, text, major }) => (
      { look: major ? "tick-label major" : "tick-label", text, x, y: frame.bandBottom + 18 }
    )),
  ];
}

/** @type {(geometry: Geometry) => Shape[]} */
function words({ frame, most, crowded }) {
  const [look, x] = ["axis-words", frame.left + 4];
  return [
    { look, text: "agrees, offers", x, y: frame.top + (crowded ? 14 : -8) },
    { look, text: "refuses, threatens", x, y: frame.bottom - 6 },
    { look: "rail", lines: [frame.left, frame.rail, frame.right, frame.rail] },
    { look, text: "not stated", x, y: frame.rail - 6 },
    { look: "axis-value", text: String(most), x: frame.left - 8, y: frame.bandTop + 9 },
  ];
}

/** @param {number} value */
function signed(value) {
  return value > 0 ? `+${value}` : String(value).replace("-", "−");
}

/** @type {(gap: Geometry["gaps"][0], geometry: Geometry) => Shape[]} */
function gap({ x, width, name, label }, { frame }) {
  const [from, to] = [Math.max(x, frame.left - 12), Math.min(x + width, frame.right + 12)];
  const height = frame.rail + 10 - frame.top;
  const lines = [];
  for (let at = Math.ceil(from / HATCH) * HATCH; at < to + height; at += HATCH) {
    const [above, below] = [Math.max(0, at - to), Math.min(height, at - from)];
    lines.push(at - above, frame.top + above, at - below, frame.top + below);
  }
  return [
    { look: "gap", boxes: [x, frame.top, width, height], names: [name] },
    { look: "hatching", lines: from < to ? lines : [] },
    { look: "gap-label", text: label, x: x + width / 2, y: frame.top + 16 },
  ];
}

/** @type {(geometry: Geometry) => Shape} */
function band({ bars, frame }) {
  const boxes = bars.flatMap((one) => [one.x, frame.bandBottom - one.height, one.width, one.height]);
  return { look: "bar", boxes, names: bars.map((one) => one.name) };
}

/**
 * Lines of one look are one shape: a stroke each would take longer than all else.
 * @type {(geometry: Geometry) => Shape[]}
 */
function links({ ties, shifts }) {
  /** @type {Map<string, number[]>} */
  const looks = new Map();
  /** @type {(look: string, line: number[]) => void} */
  const add = (look, line) => {
    const all = looks.get(look);
    if (all) all.push(...line);
    else looks.set(look, [...line]);
  };
  for (const one of ties) add(`link ${one.kind}`, one.line);
  for (const one of shifts) add(`shift ${one.direction} ${one.status}`, one.line);
  return [...looks].map(([look, lines]) => ({ look, lines }));
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

/** @param {number} value */
export function round(value) {
  return Math.round(value * 10) / 10;
}
