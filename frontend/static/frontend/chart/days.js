/** @import { Span, Tick } from "./types.js" */

const DAY = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const STEPS = [1, 3, 6, 12, 24, 60, 120];
const WIDE_ENOUGH = 58; // pixels between two labels of the time axis

/** @type {Map<string, number>} days of dates seen before: parsing dominates a redraw else */
const known = new Map();

/**
 * Days since 1970-01-01 of an ISO date.
 * @param {string} iso
 */
export function dayOf(iso) {
  const seen = known.get(iso);
  if (seen !== undefined) return seen;
  const day = Date.parse(`${iso}T00:00:00Z`) / DAY;
  known.set(iso, day);
  return day;
}

/**
 * The ISO date of a day number.
 * @param {number} day
 */
export function isoOf(day) {
  return new Date(Math.round(day) * DAY).toISOString().slice(0, 10);
}

/**
 * First and last day (the next month's first) of a month such as "2022-12".
 * @param {string} month
 * @returns {Span}
 */
export function monthSpan(month) {
  const [year, number] = month.split("-").map(Number);
  return [Date.UTC(year ?? 0, (number ?? 1) - 1) / DAY, Date.UTC(year ?? 0, number ?? 1) / DAY];
}

/**
 * The labels of the time axis: whole months, as many as fit; single days when zoomed in far.
 * @param {Span} span
 * @param {(day: number) => number} x
 * @returns {Tick[]}
 */
export function ticks(span, x) {
  const pixels = (x(span[1]) - x(span[0])) / (span[1] - span[0]);
  if (pixels * 30 > 4 * WIDE_ENOUGH) return dayTicks(span, x, pixels);
  const step = STEPS.find((months) => months * 30.4 * pixels >= WIDE_ENOUGH) ?? 240;
  const start = new Date(span[0] * DAY);
  const found = [];
  let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step;
  for (;; month += step) {
    const day = Date.UTC(Math.floor(month / 12), month % 12) / DAY;
    if (day > span[1]) return found;
    if (day >= span[0]) found.push(monthTick(month, x(day)));
  }
}

/**
 * @param {number} month months since year 0
 * @param {number} x
 * @returns {Tick}
 */
function monthTick(month, x) {
  const major = month % 12 === 0;
  const text = major ? String(month / 12) : (MONTHS[month % 12] ?? "");
  return { x, text, major };
}

/**
 * @param {Span} span
 * @param {(day: number) => number} x
 * @param {number} pixels a day
 * @returns {Tick[]}
 */
function dayTicks(span, x, pixels) {
  const step = [1, 2, 5, 10, 15].find((days) => days * pixels >= 1.3 * WIDE_ENOUGH) ?? 15;
  const found = [];
  for (let day = Math.ceil(span[0] / step) * step; day <= span[1]; day += step) {
    const date = new Date(day * DAY);
    const text = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear() % 100}`;
    found.push({ x: x(day), text, major: false });
  }
  return found;
}
