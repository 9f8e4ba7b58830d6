/**
 * The painter of pixels: the geometry that `draw.js` gives as SVG, with the same look, for marks
 * that are many or move. Colours come from the page's tokens. What is here can be neither
 * focused nor read: the links lie over it, and the table holds the same.
 */

import { ARROWS, FAINT, VALUES, outline, runs, signed } from "./draw.js";

/** @import { Bin, Geometry, Mark, ShiftMark } from "./types.js" */

/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {Record<string, string>} Theme */

const TOKENS = [
  ...["ink", "soft", "line", "strong-line", "faint", "sheet", "link", "sans"],
  ...["harder", "softer", "turned", "changed"],
];
/** @type {Record<string, string>} the token of a direction */
const DIRECTIONS = { hardened: "harder", softened: "softer", reversed: "turned" };
/** @type {Record<string, number[]>} */
const DASHES = { provisional: [7, 4], undecided: [1.5, 4], reversion: [8, 2, 2, 2] };
const QUARTILES = 0.18; // opacity

/**
 * The colours and faces that the page has at present.
 * @param {Element} place
 * @returns {Theme}
 */
export function theme(place) {
  const style = getComputedStyle(place);
  const tokens = TOKENS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  const size = 0.75 * parseFloat(getComputedStyle(document.documentElement).fontSize);
  return { ...Object.fromEntries(tokens), size: `${size}px` };
}

/**
 * The width of a letter of the chart's labels, in pixels: faces differ from machine to machine.
 * @param {Theme} colours
 */
export function letter(colours) {
  const pen = /** @type {Pen} */ (document.createElement("canvas").getContext("2d"));
  pen.font = `600 ${colours["size"]} ${colours["sans"]}`;
  return pen.measureText("commitment strengthened").width / 23;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Geometry} geometry
 * @param {Theme} colours
 */
export function paint(canvas, geometry, colours) {
  const { frame } = geometry;
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(frame.width * ratio), Math.round(frame.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = /** @type {Pen} */ (canvas.getContext("2d"));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, frame.width, frame.height);
  scale(pen, geometry, colours);
  clipped(pen, geometry, () => (gaps(pen, geometry, colours), band(pen, geometry, colours)));
  words(pen, geometry, colours);
  clipped(pen, geometry, () => {
    if (geometry.dense) together(pen, geometry, colours);
    lines(pen, geometry, colours);
    for (const one of geometry.marks) mark(pen, one, colours);
    if (!geometry.crowded) for (const one of geometry.shifts) badge(pen, one, colours);
  });
}

/**
 * @param {Pen} pen
 * @param {Geometry} geometry
 * @param {() => void} painting
 */
function clipped(pen, { frame }, painting) {
  pen.save();
  pen.beginPath();
  pen.rect(frame.left - 12, 0, frame.right - frame.left + 24, frame.height);
  pen.clip();
  painting();
  pen.restore();
}

/**
 * @param {Pen} pen
 * @param {string} token
 * @param {Theme} colours
 * @param {number} [width]
 * @param {number[]} [dash]
 */
function stroke(pen, token, colours, width = 1, dash = []) {
  pen.strokeStyle = colours[token] ?? "";
  pen.lineWidth = width;
  pen.setLineDash(dash);
}

/**
 * @param {Pen} pen
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {{ token: string, align?: CanvasTextAlign, face?: string }} look
 * @param {Theme} colours
 */
function write(pen, text, x, y, { token, align = "left", face = "" }, colours) {
  pen.font = `${face} ${colours["size"]} ${colours["sans"]}`;
  pen.fillStyle = colours[token] ?? "";
  pen.textAlign = align;
  pen.fillText(text, x, y);
}

/**
 * @param {Pen} pen
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

/**
 * @param {Pen} pen
 * @param {Geometry} geometry
 * @param {Theme} colours
 */
function scale(pen, { frame, ticks }, colours) {
  for (const tick of ticks) {
    stroke(pen, "faint", colours);
    line(pen, tick.x, frame.top, tick.x, frame.bandBottom);
    const look = tick.major ? { token: "ink", face: "600" } : { token: "soft" };
    write(pen, tick.text, tick.x, frame.bandBottom + 18, { ...look, align: "center" }, colours);
  }
  for (const value of VALUES) {
    const y = frame.top + ((10 - value) / 20) * (frame.bottom - frame.top);
    stroke(pen, value ? "line" : "strong-line", colours);
    line(pen, frame.left, y, frame.right, y);
    write(pen, signed(value), frame.left - 8, y + 4, { token: "soft", align: "right" }, colours);
  }
}

/**
 * @param {Pen} pen
 * @param {Geometry} geometry
 * @param {Theme} colours
 */
function words(pen, { frame, most, crowded }, colours) {
  const look = { token: "soft", face: "italic" };
  write(pen, "agrees, offers", frame.left + 4, frame.top + (crowded ? 14 : -8), look, colours);
  write(pen, "refuses, threatens", frame.left + 4, frame.bottom - 6, look, colours);
  stroke(pen, "strong-line", colours, 1, [1, 4]);
  line(pen, frame.left, frame.rail, frame.right, frame.rail);
  write(pen, "not stated", frame.left + 4, frame.rail - 6, look, colours);
  write(pen, String(most), frame.left - 8, frame.bandTop + 9, { token: "soft", align: "right" }, colours);
}

/**
 * @param {Pen} pen
 * @param {Geometry} geometry
 * @param {Theme} colours
 */
function gaps(pen, { gaps: all, frame }, colours) {
  for (const gap of all) {
    const height = frame.rail + 10 - frame.top;
    pen.fillStyle = colours["faint"] ?? "";
    pen.fillRect(gap.x, frame.top, gap.width, height);
    pen.save();
    pen.beginPath();
    pen.rect(gap.x, frame.top, gap.width, height);
    pen.clip();
    stroke(pen, "line", colours, 1.2);
    pen.beginPath();
    const from = Math.max(gap.x, frame.left - 12);
    const to = Math.min(gap.x + gap.width, frame.right + 12);
    for (let x = from; x < to + height; x += 11.3) {
      pen.moveTo(x, frame.top);
      pen.lineTo(x - height, frame.top + height);
    }
    pen.stroke();
    pen.restore();
    const look = { token: "soft", face: "italic", align: /** @type {const} */ ("center") };
    write(pen, gap.label, gap.x + gap.width / 2, frame.top + 16, look, colours);
  }
}

/**
 * @param {Pen} pen
 * @param {Geometry} geometry
 * @param {Theme} colours
 */
function band(pen, { bars, frame }, colours) {
  pen.fillStyle = colours["strong-line"] ?? "";
  for (const bar of bars) pen.fillRect(bar.x, frame.bandBottom - bar.height, bar.width, bar.height);
}

/**
 * Lines of one look are one path: a stroke each would take longer than all else.
 * @param {Pen} pen
 * @param {Geometry} geometry
 * @param {Theme} colours
 */
function lines(pen, { ties, shifts }, colours) {
  /** @type {Map<string, { token: string, width: number, dash: number[], all: number[][] }>} */
  const looks = new Map();
  /**
   * @param {string} name
   * @param {{ token: string, width: number, dash: number[] }} look
   * @param {number[]} one
   */
  const add = (name, look, one) => {
    const found = looks.get(name);
    if (found) found.all.push(one);
    else looks.set(name, { ...look, all: [one] });
  };
  for (const one of ties) add(one.kind, { token: "soft", width: 1, dash: DASHES[one.kind] ?? [] }, one.line);
  for (const one of shifts) {
    const undecided = one.status === "undecided";
    const token = undecided ? "soft" : (DIRECTIONS[one.direction] ?? "changed");
    const look = { token, width: undecided ? 1.2 : 2.4, dash: DASHES[one.status] ?? [] };
    add(`${one.status} ${token}`, look, one.line);
  }
  for (const { token, width, dash, all } of looks.values()) {
    stroke(pen, token, colours, width, dash);
    pen.beginPath();
    for (const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] of all) {
      pen.moveTo(x1, y1);
      pen.lineTo(x2, y2);
    }
    pen.stroke();
  }
  pen.setLineDash([]);
}

/**
 * @param {Pen} pen
 * @param {Geometry} geometry
 * @param {Theme} colours
 */
function together(pen, { bins, middles }, colours) {
  for (const one of bins) {
    pen.globalAlpha = FAINT[one.weight - 1] ?? 1;
    stamp(pen, one, colours);
  }
  for (const run of runs(middles)) {
    pen.fillStyle = colours["changed"] ?? "";
    pen.globalAlpha = QUARTILES;
    pen.beginPath();
    for (const one of run) pen.lineTo(one.x, one.high);
    for (const one of [...run].reverse()) pen.lineTo(one.x, one.low);
    pen.fill();
    pen.globalAlpha = 1;
    stroke(pen, "changed", colours, 2.4);
    pen.beginPath();
    for (const one of run) pen.lineTo(one.x, one.median);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

/**
 * @param {Pen} pen
 * @param {Mark} one
 * @param {Theme} colours
 */
function mark(pen, one, colours) {
  if (one.to - one.from > 2 * one.radius) {
    stroke(pen, "ink", colours, 1.2);
    line(pen, one.from, one.y, one.to, one.y);
    line(pen, one.from, one.y - 4, one.from, one.y + 4);
    line(pen, one.to, one.y - 4, one.to, one.y + 4);
  }
  stamp(pen, one, colours);
}

/** @type {Map<string, HTMLCanvasElement>} shapes drawn once, then only copied */
const stamps = new Map();

/**
 * Copy a shape around a place; `draw` draws it, around the middle, where it is not known yet.
 * @param {Pen} pen
 * @param {{ x: number, y: number }} place
 * @param {string} look
 * @param {number} half of its width
 * @param {Theme} colours
 * @param {(pen: Pen) => void} draw
 */
function copied(pen, { x, y }, look, half, colours, draw) {
  const key = `${look} ${colours["ink"]} ${colours["sheet"]} ${devicePixelRatio}`;
  let made = stamps.get(key);
  if (!made) {
    made = document.createElement("canvas");
    made.width = made.height = 2 * half * devicePixelRatio;
    const own = /** @type {Pen} */ (made.getContext("2d"));
    own.scale(devicePixelRatio, devicePixelRatio);
    own.translate(half, half);
    draw(own);
    stamps.set(key, made);
  }
  pen.drawImage(made, x - half, y - half, 2 * half, 2 * half);
}

/**
 * @param {Pen} pen
 * @param {Bin | Mark} one
 * @param {Theme} colours
 */
function stamp(pen, one, colours) {
  const { radius, fidelity } = one;
  copied(pen, one, `${fidelity} ${radius}`, Math.ceil(radius * 1.2) + 2, colours, (own) => {
    const solid = fidelity === "verbatim" || fidelity === "translated";
    const path = new Path2D(outline({ x: 0, y: 0, radius, fidelity }));
    own.fillStyle = colours[solid ? "ink" : "sheet"] ?? "";
    stroke(own, "ink", colours, 1.6);
    own.fill(path);
    own.stroke(path);
  });
}

/**
 * @param {Pen} pen
 * @param {ShiftMark} one
 * @param {Theme} colours
 */
function badge(pen, one, colours) {
  const { radius, status, direction, label, labelX, labelY } = one;
  copied(pen, one, `${status} ${direction}`, Math.ceil(radius) + 2, colours, (own) => {
    const undecided = status === "undecided";
    const token = undecided ? "soft" : (DIRECTIONS[direction] ?? "changed");
    own.fillStyle = colours["sheet"] ?? "";
    stroke(own, token, colours, undecided ? 1 : 1.6, status === "provisional" ? [3, 2] : []);
    own.beginPath();
    own.arc(0, 0, radius, 0, 2 * Math.PI);
    own.fill();
    own.stroke();
    sign(own, undecided ? "" : (ARROWS[direction] ?? ""), token, colours);
  });
  if (!one.labelled) return;
  stroke(pen, "sheet", colours, 3);
  pen.font = `600 ${colours["size"]} ${colours["sans"]}`;
  pen.textAlign = "center";
  pen.strokeText(label, labelX, labelY + 4);
  write(pen, label, labelX, labelY + 4, { token: "ink", face: "600", align: "center" }, colours);
}

/**
 * @param {Pen} pen
 * @param {string} arrow empty where the pair is undecided
 * @param {string} token
 * @param {Theme} colours
 */
function sign(pen, arrow, token, colours) {
  if (!arrow) return write(pen, "?", 0, 4, { token, face: "700", align: "center" }, colours);
  stroke(pen, token, colours, 1.6);
  pen.stroke(new Path2D(arrow));
}
