/**
 * A view of more utterances than can be told apart: those of about one place become one mark,
 * and the middle of what was stated is drawn over them. Cells are anchored in time and come in
 * fixed widths, so that they stand still under a pan and are worked out once for a zoom.
 */

import { at } from "./series.js";

/** @import { Geometry, Level, Series, Shape } from "./types.js" */

const CELL = 6; // pixels at least
const FINER = 2; // widths of cells between one and its double
const FINEST = 0.5; // days: nothing is dated more exactly
const STRETCH = 3; // cells over which a median is taken
const ROWS = 22; // -10 to +10, and "not stated"
const RAIL = ROWS - 1;
const SHAPES = ["verbatim", "translated", "reported", "paraphrased"];
const SIZES = [4.2, 5]; // pixels: the size of many witnesses would hide the neighbours
const WEIGHTS = [1, 4]; // utterances of a cell up to which it is drawn faint, then less so
/** Every look of a bin; a bin's `look` is its place here. */
export const LOOKS = SHAPES.flatMap((fidelity) =>
  SIZES.flatMap((radius) => [0, 1, 2].map((weight) => ({ fidelity, radius, weight }))),
);

/**
 * The series in cells that are at least CELL pixels wide.
 * @param {Series} series
 * @param {number} scale pixels of a day
 * @returns {Level}
 */
export function levelAt(series, scale) {
  const step = Math.ceil(FINER * Math.log2(Math.max(FINEST, CELL / scale)));
  let level = series.levels.get(step);
  if (!level) series.levels.set(step, (level = levelOf(series, 2 ** (step / FINER))));
  return level;
}

/**
 * Call `visit` with each bin in view: its middle, its look, and the ends of its intervals.
 * @param {Geometry} geometry
 * @param {(x: number, y: number, look: number, from: number, to: number) => void} visit
 */
export function eachBin({ level, frame, x }, visit) {
  if (!level) return;
  const { days, start, offsets } = level;
  const [first, end] = columnsIn(level, frame, x);
  for (let column = first; column < end; column += 1) {
    const middle = x((start + column + 0.5) * days);
    for (let bin = at(offsets, column); bin < at(offsets, column + 1); bin += 1) {
      const [from, to] = [x(at(level.from, bin)), x(at(level.to, bin))];
      visit(middle, y(at(level.row, bin), frame), at(level.look, bin), from, to);
    }
  }
}

/**
 * The middle of what was stated, with a break where nothing was: no line is drawn across silence.
 * @param {Geometry} geometry
 * @returns {Shape[]}
 */
export function middles({ level, frame, x }) {
  if (!level) return [];
  /** @type {Shape[]} */
  const found = [];
  /** @returns {{ upper: number[], middle: number[], lower: number[] }} */
  const begun = () => ({ upper: [], middle: [], lower: [] });
  let run = begun();
  const ended = () => {
    if (run.middle.length) {
      found.push({ look: "quartiles", points: [...run.upper, ...backwards(run.lower)] });
      found.push({ look: "median", points: run.middle });
    }
    run = begun();
  };
  const [first, end] = columnsIn(level, frame, x);
  for (let place = Math.max(0, Math.floor(first / STRETCH) - 1); place * STRETCH < end + STRETCH; place += 1) {
    const row = level.middles[3 * place + 1];
    if (row === undefined || Number.isNaN(row)) {
      ended();
      continue;
    }
    const here = x((level.start + (place + 0.5) * STRETCH) * level.days);
    run.upper.push(here, y(at(level.middles, 3 * place), frame));
    run.middle.push(here, y(row, frame));
    run.lower.push(here, y(at(level.middles, 3 * place + 2), frame));
  }
  ended();
  return found;
}

/** @type {(points: number[]) => number[]} */
function backwards(points) {
  const found = [];
  for (let place = points.length - 2; place >= 0; place -= 2) found.push(at(points, place), at(points, place + 1));
  return found;
}

/** @type {(row: number, frame: Geometry["frame"]) => number} */
function y(row, frame) {
  return row === RAIL ? frame.rail : frame.top + (row / 20) * (frame.bottom - frame.top);
}

/** @type {(level: Level, frame: Geometry["frame"], x: Geometry["x"]) => [number, number]} */
function columnsIn({ days, start, offsets }, frame, x) {
  const scale = x(1) - x(0);
  /** @param {number} px */
  const column = (px) => Math.floor((px - x(0)) / scale / days) - start;
  return [Math.max(0, column(frame.left) - 2), Math.min(offsets.length - 1, column(frame.right) + 3)];
}

/** @type {(series: Series, days: number) => Level} */
function levelOf(series, days) {
  const { start, offsets: columns, order } = sorted(series, days);
  const number = columns.length - 1;
  const size = series.rows.length;
  const [row, look] = [new Uint8Array(size), new Uint8Array(size)];
  const [from, to] = [new Float64Array(size), new Float64Array(size)];
  const offsets = new Uint32Array(number + 1);
  const thirds = new Float32Array(3 * Math.ceil(number / STRETCH));
  const cell = { counts: new Uint32Array(ROWS * SHAPES.length), stated: new Uint32Array(RAIL) };
  let bins = 0;
  for (let column = 0; column < number; column += 1) {
    const first = bins;
    cell.counts.fill(0);
    for (let place = at(columns, column); place < at(columns, column + 1); place += 1) {
      const one = at(order, place);
      const part = at(series.share, one);
      const here = part < 0 ? RAIL : Math.round(part * 20);
      const shape = here * SHAPES.length + Math.max(0, SHAPES.indexOf(series.rows[one]?.fidelity ?? ""));
      cell.counts[shape] = at(cell.counts, shape) + 1;
      let bin = first;
      while (bin < bins && row[bin] !== here) bin += 1;
      const isNew = bin === bins;
      if (isNew) bins += 1;
      row[bin] = here;
      from[bin] = isNew ? at(series.from, one) : Math.min(at(from, bin), at(series.from, one));
      to[bin] = isNew ? at(series.to, one) : Math.max(at(to, bin), at(series.to, one));
      if (at(series.radius, one) > (SIZES[0] ?? 0)) look[bin] = 1;
    }
    for (let bin = first; bin < bins; bin += 1) look[bin] = looked(cell.counts, at(row, bin), at(look, bin));
    offsets[column + 1] = bins;
    tally(cell, thirds, column, number);
  }
  const [rows, looks] = [row.slice(0, bins), look.slice(0, bins)];
  return { days, start, offsets, row: rows, look: looks, from: from.slice(0, bins), to: to.slice(0, bins), middles: thirds };
}

/**
 * The places of the utterances in order of their columns, and where each column begins.
 * @type {(series: Series, days: number) => { start: number, offsets: Uint32Array, order: Uint32Array }}
 */
function sorted({ from, to }, days) {
  const column = Int32Array.from(from, (day, place) => Math.floor((day + at(to, place)) / 2 / days));
  const low = column.reduce((least, one) => Math.min(least, one));
  const high = column.reduce((most, one) => Math.max(most, one));
  const start = Math.floor(low / STRETCH) * STRETCH;
  const offsets = new Uint32Array(high - start + 2);
  for (const one of column) offsets[one - start + 1] = at(offsets, one - start + 1) + 1;
  for (let place = 1; place < offsets.length; place += 1) offsets[place] = at(offsets, place) + at(offsets, place - 1);
  const next = offsets.slice();
  const order = new Uint32Array(column.length);
  column.forEach((one, place) => {
    const free = at(next, one - start);
    order[free] = place;
    next[one - start] = free + 1;
  });
  return { start, offsets, order };
}

/**
 * The place in LOOKS of a bin: its commonest shape, its size, its weight.
 * @type {(counts: Uint32Array, row: number, size: number) => number}
 */
function looked(counts, row, size) {
  let [all, shape, most] = [0, 0, 0];
  for (let one = 0; one < SHAPES.length; one += 1) {
    const count = at(counts, row * SHAPES.length + one);
    all += count;
    if (count > most) [shape, most] = [one, count];
  }
  const weight = WEIGHTS.filter((most) => all > most).length;
  return (shape * SIZES.length + size) * (WEIGHTS.length + 1) + weight;
}

/**
 * Add a column to its stretch, and write the stretch's quartiles when it is whole.
 * @type {(cell: { counts: Uint32Array, stated: Uint32Array }, thirds: Float32Array, column: number,
 *   columns: number) => void}
 */
function tally({ counts, stated }, thirds, column, columns) {
  for (let shape = 0; shape < RAIL * SHAPES.length; shape += 1) {
    const row = Math.floor(shape / SHAPES.length);
    stated[row] = at(stated, row) + at(counts, shape);
  }
  if ((column + 1) % STRETCH && column + 1 < columns) return;
  const number = stated.reduce((sum, count) => sum + count, 0);
  const place = 3 * Math.floor(column / STRETCH);
  [0.25, 0.5, 0.75].forEach((part, one) => {
    thirds[place + one] = number ? quantile(stated, part * number) : NaN;
  });
  stated.fill(0);
}

/**
 * @param {Uint32Array} counts
 * @param {number} wanted how many lie at or before the row returned
 */
function quantile(counts, wanted) {
  let seen = 0;
  return counts.findIndex((count) => (seen += count) >= wanted);
}
