/**
 * A view of more utterances than can be told apart: those of about one place become one mark,
 * and the middle of what was stated is drawn over them. Cells are anchored in time, so that
 * they stand still under a pan.
 */

import { at } from "./series.js";

/** @import { Bin, Frame, Middle, Series } from "./types.js" */

const CELL = 6; // pixels
const STRETCH = 3; // cells over which a median is taken
const ROWS = 22; // -10 to +10, and "not stated"
const SHAPES = ["verbatim", "translated", "reported", "paraphrased"];
const LARGEST = 5; // pixels: the size of many witnesses would hide the neighbours
const WEIGHTS = [1, 4]; // utterances of a cell up to which it is drawn faint, then less so

/**
 * @param {Series} series
 * @param {[number, number]} places first, and one after the last
 * @param {Frame} frame
 * @param {(day: number) => number} x
 * @returns {{ bins: Bin[], middles: Middle[] }}
 */
export function together(series, [first, end], frame, x) {
  const days = CELL / (x(1) - x(0));
  const grid = filled(series, first, end, days);
  /** @param {number} row */
  const y = (row) =>
    row === ROWS - 1 ? frame.rail : frame.top + (row / 20) * (frame.bottom - frame.top);
  return { bins: bins(grid, days, x, y), middles: middles(grid, days, x, y) };
}

/** @typedef {{ start: number, columns: number, counts: Uint32Array, radii: Float64Array }} Grid */

/**
 * How many of each shape lie in each cell, and the radius of the largest.
 * @param {Series} series
 * @param {number} first
 * @param {number} end
 * @param {number} days of one cell
 * @returns {Grid}
 */
function filled({ rows, from, to, share, radius }, first, end, days) {
  // Intervals may reach beyond the days on which they begin.
  let low = Infinity;
  let high = -Infinity;
  for (let place = first; place < end; place += 1) {
    const day = (at(from, place) + at(to, place)) / 2;
    low = Math.min(low, day);
    high = Math.max(high, day);
  }
  const start = Math.floor(low / days / STRETCH) * STRETCH;
  const columns = Math.floor(high / days) - start + 1;
  const counts = new Uint32Array(columns * ROWS * SHAPES.length);
  const radii = new Float64Array(columns * ROWS);
  for (let place = first; place < end; place += 1) {
    const column = Math.floor((at(from, place) + at(to, place)) / 2 / days) - start;
    const part = at(share, place);
    const cell = column * ROWS + (part < 0 ? ROWS - 1 : Math.round(part * 20));
    const shape = cell * SHAPES.length + Math.max(0, SHAPES.indexOf(rows[place]?.fidelity ?? ""));
    counts[shape] = (counts[shape] ?? 0) + 1;
    radii[cell] = Math.max(at(radii, cell), at(radius, place));
  }
  return { start, columns, counts, radii };
}

/**
 * @param {Grid} grid
 * @param {number} days
 * @param {(day: number) => number} x
 * @param {(row: number) => number} y
 * @returns {Bin[]}
 */
function bins({ start, columns, counts, radii }, days, x, y) {
  /** @type {Bin[]} */
  const found = [];
  for (let cell = 0; cell < columns * ROWS; cell += 1) {
    const radius = at(radii, cell);
    if (!radius) continue;
    const shapes = [0, 1, 2, 3].map((shape) => counts[cell * SHAPES.length + shape] ?? 0);
    const number = shapes.reduce((sum, count) => sum + count, 0);
    const column = start + Math.floor(cell / ROWS);
    found.push({
      ...{ x: x((column + 0.5) * days), y: y(cell % ROWS), radius: Math.min(LARGEST, radius) },
      fidelity: SHAPES[shapes.indexOf(Math.max(...shapes))] ?? "",
      weight: 1 + WEIGHTS.filter((most) => number > most).length,
    });
  }
  return found;
}

/**
 * @param {Grid} grid
 * @param {number} days
 * @param {(day: number) => number} x
 * @param {(row: number) => number} y
 * @returns {Middle[]}
 */
function middles(grid, days, x, y) {
  /** @type {Middle[]} */
  const found = [];
  let joined = false;
  for (let column = 0; column < grid.columns; column += STRETCH) {
    const stated = statedIn(grid, column);
    const number = stated.reduce((sum, count) => sum + count, 0);
    if (number) {
      const [high, median, low] = [0.25, 0.5, 0.75].map((part) => y(quantile(stated, part * number)));
      const middle = x((grid.start + column + STRETCH / 2) * days);
      found.push({ x: middle, low: low ?? 0, median: median ?? 0, high: high ?? 0, joined });
    }
    joined = number > 0; // no line is drawn across silence
  }
  return found;
}

/**
 * How many utterances of a stretch state each value, from +10 down.
 * @param {Grid} grid
 * @param {number} column the first of the stretch
 */
function statedIn({ columns, counts }, column) {
  const stated = new Array(ROWS - 1).fill(0);
  for (let one = column; one < Math.min(columns, column + STRETCH); one += 1) {
    for (let row = 0; row < ROWS - 1; row += 1) {
      const cell = (one * ROWS + row) * SHAPES.length;
      for (let shape = 0; shape < SHAPES.length; shape += 1) stated[row] += counts[cell + shape];
    }
  }
  return stated;
}

/**
 * @param {number[]} counts
 * @param {number} wanted how many lie at or before the row returned
 */
function quantile(counts, wanted) {
  let seen = 0;
  return counts.findIndex((count) => (seen += count) >= wanted);
}
