/**
 * The painter of pixels: the scene that `svg.js` draws, for marks that are many or move. What is
 * here can be neither focused nor read: the links lie over it, and the table holds the same.
 */

import { LOOKS, eachBin } from "./dense.js";
import { ARROWS, FAINT, outline, scene } from "./scene.js";
import { el } from "./svg.js";

/** @import { Geometry, Mark, Shape, ShiftMark } from "./types.js" */

/** @typedef {CanvasRenderingContext2D} Pen */
/**
 * @typedef {{ fill: string, stroke: string, width: number, dash: number[], alpha: number,
 *   font: string, align: CanvasTextAlign }} Look
 */

/** @type {Record<string, CanvasTextAlign>} */
const ALIGNS = { start: "left", middle: "center", end: "right" };
const CAP = 4; // pixels of a whisker's end, up and down

/**
 * A painter with the looks of the page's style sheet, as they are at present.
 * @param {HTMLElement} place
 */
export function createPainter(place) {
  const samples = document.createElement("div");
  samples.className = "chart";
  samples.hidden = true;
  place.after(samples);
  /** @type {Map<string, Look>} */
  const looks = new Map();
  /** @type {Map<string, HTMLCanvasElement>} shapes drawn once, then only copied */
  const stamps = new Map();
  /** @type {HTMLCanvasElement[]} those of the bins, by their look */
  let bins = [];
  let sharpness = 0;

  /** The looks of a class, asked of the style sheet once. @type {(name: string, node?: string) => Look} */
  function look(name, node = "path") {
    let found = looks.get(name);
    if (!found) looks.set(name, (found = lookOf(samples, name, node)));
    return found;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Geometry} geometry
   */
  function paint(canvas, geometry) {
    const { frame } = geometry;
    if (sharpness !== devicePixelRatio) forget();
    sharpness = devicePixelRatio;
    const [width, height] = [Math.round(frame.width * sharpness), Math.round(frame.height * sharpness)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = penOf(canvas);
    pen.setTransform(sharpness, 0, 0, sharpness, 0, 0);
    pen.clearRect(0, 0, frame.width, frame.height);
    const layers = scene(geometry);
    layers.forEach(({ clipped, shapes }, place) => {
      pen.save();
      if (clipped) clip(pen, geometry);
      if (place === layers.length - 1) together(pen, geometry);
      for (const one of shapes) shaped(pen, one, look(one.look, "text" in one ? "text" : "path"));
      pen.restore();
    });
    pen.save();
    clip(pen, geometry);
    for (const one of geometry.marks) mark(pen, one);
    if (!geometry.crowded) for (const one of geometry.shifts) badge(pen, one);
    pen.restore();
  }

  /** @type {(pen: Pen, geometry: Geometry) => void} */
  function together(pen, geometry) {
    if (!geometry.level) return;
    if (!bins.length) bins = LOOKS.map((one) => binStamp(one));
    pen.fillStyle = look("whisker").stroke;
    eachBin(geometry, (x, y, place, from, to) => {
      const { radius, weight } = /** @type {typeof LOOKS[0]} */ (LOOKS[place]);
      if (to - from > 2 * radius) {
        pen.globalAlpha = FAINT[weight] ?? 1;
        whisker(pen, from, to, y);
        pen.globalAlpha = 1;
      }
      copy(pen, /** @type {HTMLCanvasElement} */ (bins[place]), x, y);
    });
  }

  /** @type {(one: typeof LOOKS[0]) => HTMLCanvasElement} */
  function binStamp({ fidelity, radius, weight }) {
    return stamp(Math.ceil(radius * 1.2) + 2, (pen) => {
      const { fill, stroke, width } = look(`mark ${fidelity}`);
      Object.assign(pen, { globalAlpha: FAINT[weight], fillStyle: fill, strokeStyle: stroke, lineWidth: width });
      const path = new Path2D(outline({ x: 0, y: 0, radius, fidelity }));
      pen.fill(path);
      pen.stroke(path);
    });
  }

  /** @type {(pen: Pen, one: Mark) => void} */
  function mark(pen, one) {
    const { radius, fidelity, x, y } = one;
    if (one.to - one.from > 2 * radius) {
      pen.fillStyle = look("whisker").stroke;
      whisker(pen, one.from, one.to, y);
    }
    const known = stamped(`${fidelity} ${radius}`, Math.ceil(radius * 1.2) + 2, (own) =>
      outlined(own, outline({ x: 0, y: 0, radius, fidelity }), look(`mark ${fidelity}`)),
    );
    copy(pen, known, x, y);
  }

  /** @type {(pen: Pen, one: ShiftMark) => void} */
  function badge(pen, { radius, status, direction, label, labelX, labelY, labelled, x, y }) {
    const known = stamped(`${status} ${direction}`, Math.ceil(radius) + 2, (own) => {
      outlined(own, outline({ x: 0, y: 0, radius, fidelity: "verbatim" }), look(`badge ${direction} ${status}`));
      const arrow = status === "undecided" ? undefined : ARROWS[direction];
      if (arrow) outlined(own, arrow, look(`badge-arrow ${direction}`));
      else shaped(own, { look: "badge-sign", text: "?", x: 0, y: 4 }, look("badge-sign", "text"));
    });
    copy(pen, known, x, y);
    if (labelled) shaped(pen, { look: "label", text: label, x: labelX, y: labelY + 4 }, look("label", "text"));
  }

  /** @type {(name: string, half: number, drawing: (pen: Pen) => void) => HTMLCanvasElement} */
  function stamped(name, half, drawing) {
    let made = stamps.get(name);
    if (!made) stamps.set(name, (made = stamp(half, drawing)));
    return made;
  }

  function forget() {
    looks.clear();
    stamps.clear();
    bins = [];
  }

  return {
    paint,
    /** To be called when the page has other colours. */
    forget,
    /** The width of a letter of a label, in pixels: faces differ from machine to machine. */
    letter() {
      const pen = penOf(document.createElement("canvas"));
      pen.font = look("label", "text").font;
      return pen.measureText("commitment strengthened").width / 23;
    },
  };
}

/** @type {(samples: HTMLElement, name: string, node: string) => Look} */
function lookOf(samples, name, node) {
  const sample = el(node, { class: name });
  samples.replaceChildren(el("svg", {}, sample));
  const style = getComputedStyle(sample);
  const paint = (/** @type {string} */ value) => (value === "none" ? "" : value);
  return {
    fill: paint(style.fill),
    stroke: paint(style.stroke),
    width: parseFloat(style.strokeWidth),
    dash: style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(",").map(parseFloat),
    alpha: Number(style.opacity) * Number(style.fillOpacity),
    font: `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`,
    align: ALIGNS[style.textAnchor] ?? "left",
  };
}

/** @param {HTMLCanvasElement} canvas */
function penOf(canvas) {
  return /** @type {Pen} */ (canvas.getContext("2d"));
}

/** @type {(pen: Pen, geometry: Geometry) => void} */
function clip(pen, { frame }) {
  pen.beginPath();
  pen.rect(frame.left - 12, 0, frame.right - frame.left + 24, frame.height);
  pen.clip();
}

/** @type {(pen: Pen, look: Look) => void} */
function dress(pen, { fill, stroke, width, dash, alpha }) {
  pen.fillStyle = fill;
  pen.strokeStyle = stroke;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.globalAlpha = alpha;
}

/** @type {(pen: Pen, shape: Shape, look: Look) => void} */
function shaped(pen, shape, look) {
  dress(pen, look);
  if ("text" in shape) return written(pen, shape.text, shape.x, shape.y, look);
  pen.beginPath();
  if ("boxes" in shape) {
    const { boxes: all } = shape;
    for (let at = 0; at < all.length; at += 4) pen.rect(all[at] ?? 0, all[at + 1] ?? 0, all[at + 2] ?? 0, all[at + 3] ?? 0);
  } else {
    const [all, each] = "lines" in shape ? [shape.lines, 4] : [shape.points, Infinity];
    for (let at = 0; at < all.length; at += 2) {
      if (at % each === 0) pen.moveTo(all[at] ?? 0, all[at + 1] ?? 0);
      else pen.lineTo(all[at] ?? 0, all[at + 1] ?? 0);
    }
  }
  if (look.fill) pen.fill();
  if (look.stroke) pen.stroke();
}

/** @type {(pen: Pen, text: string, x: number, y: number, look: Look) => void} */
function written(pen, text, x, y, { font, align, stroke }) {
  pen.font = font;
  pen.textAlign = align;
  if (stroke) pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

/** @type {(pen: Pen, d: string, look: Look) => void} */
function outlined(pen, d, look) {
  const path = new Path2D(d);
  dress(pen, look);
  if (look.fill) pen.fill(path);
  if (look.stroke) pen.stroke(path);
}

/** @type {(pen: Pen, from: number, to: number, y: number) => void} */
function whisker(pen, from, to, y) {
  pen.fillRect(from, y - 0.6, to - from, 1.2);
  pen.fillRect(from - 0.6, y - CAP, 1.2, 2 * CAP);
  pen.fillRect(to - 0.6, y - CAP, 1.2, 2 * CAP);
}

/**
 * A small picture around its middle.
 * @type {(half: number, drawing: (pen: Pen) => void) => HTMLCanvasElement}
 */
function stamp(half, drawing) {
  const made = document.createElement("canvas");
  made.width = made.height = 2 * half * devicePixelRatio;
  const pen = penOf(made);
  pen.scale(devicePixelRatio, devicePixelRatio);
  pen.translate(half, half);
  drawing(pen);
  return made;
}

/** @type {(pen: Pen, made: HTMLCanvasElement, x: number, y: number) => void} */
function copy(pen, made, x, y) {
  const size = made.width / devicePixelRatio;
  pen.drawImage(made, x - size / 2, y - size / 2, size, size);
}
