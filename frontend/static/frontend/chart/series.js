import { dayOf, monthSpan } from "./days.js";

/** @import { Chart, ChartData, Frame, Mark, Series, Span, UtteranceData, Wanted } from "./types.js" */

const PADDING = 0.03; // of the whole time, kept free at both ends

/**
 * The data as what is drawn: dates and places are worked out once, not in each frame.
 * @param {ChartData} data
 * @returns {Chart}
 */
export function chartOf(data) {
  const months = data.coverage.map(({ month, statements }) => {
    const [from, to] = monthSpan(month);
    return { from, to, statements, name: `${month}: ${statements}` };
  });
  const most = months.reduce((high, month) => Math.max(high, month.statements), 1);
  const gaps = data.gaps.map(({ earliest, latest, name }) => ({ from: dayOf(earliest), to: dayOf(latest), name }));
  const { shifts, events } = data;
  return { series: seriesOf(data), shifts, events, gaps, months, most };
}

/**
 * The data without what is not wanted; a shift stays where both its sides do.
 * @param {ChartData} data
 * @param {Wanted} wanted
 * @returns {ChartData}
 */
export function only(data, { undecided, fidelity, grade }) {
  const utterances = data.utterances.filter(
    (one) => (!fidelity.length || fidelity.includes(one.fidelity)) && (!grade || one.grade.slice(0, 1) <= grade),
  );
  const kept = new Set(utterances.map((one) => one.id));
  const shifts = data.shifts.filter(
    (one) => (undecided || one.status !== "undecided") && kept.has(one.older) && kept.has(one.newer),
  );
  return { ...data, utterances, shifts };
}

/**
 * @param {ChartData} data
 * @returns {Series}
 */
function seriesOf({ utterances }) {
  const series = {
    rows: utterances,
    from: Float64Array.from(utterances, (one) => dayOf(one.earliest)),
    to: Float64Array.from(utterances, (one) => dayOf(one.latest)),
    share: Float64Array.from(utterances, ({ value }) => (value === null ? -1 : (10 - value) / 20)),
    radius: Float64Array.from(utterances, (one) => 4.2 + 2.2 * (Math.sqrt(one.sources) - 1)),
    placeOf: new Map(utterances.map((one, place) => [one.id, place])),
    longest: 0,
    levels: new Map(),
  };
  for (let place = 0; place < utterances.length; place += 1) {
    series.longest = Math.max(series.longest, at(series.to, place) - at(series.from, place));
  }
  return series;
}

/**
 * A number of a column; the place must be one of the column's.
 * @param {ArrayLike<number>} column
 * @param {number} place
 */
export function at(column, place) {
  return /** @type {number} */ (column[place]);
}

/**
 * The whole time of the series, with a little air at both ends.
 * @param {Series} series
 * @returns {Span}
 */
export function extent({ from, to }) {
  const first = from[0] ?? 0;
  const last = to.reduce((high, day) => Math.max(high, day), first);
  const air = Math.max(20, (last - first) * PADDING);
  return [first - air, last + air];
}

/**
 * The day in the middle of an utterance or, for a shift, between its two.
 * @param {Chart} chart
 * @param {string} key such as `u12` or `s3`
 * @returns {number | undefined}
 */
export function middleOf({ series, shifts }, key) {
  const number = Number(key.slice(1));
  if (key[0] === "u") return middle(series, number);
  const shift = shifts.find((one) => one.id === number);
  if (!shift) return undefined;
  const sides = [middle(series, shift.older), middle(series, shift.newer)];
  return sides[0] === undefined || sides[1] === undefined ? undefined : (sides[0] + sides[1]) / 2;
}

/**
 * @param {Series} series
 * @param {number} id
 */
function middle({ placeOf, from, to }, id) {
  const place = placeOf.get(id);
  return place === undefined ? undefined : (at(from, place) + at(to, place)) / 2;
}

/**
 * The places, first and one after the last, among which all utterances of a span are.
 * @param {Series} series
 * @param {Span} span
 * @returns {[number, number]}
 */
export function within({ from, longest }, span) {
  return [firstFrom(from, span[0] - longest), firstFrom(from, span[1])];
}

/**
 * The first place whose day is not before a day.
 * @param {Float64Array} days
 * @param {number} day
 */
function firstFrom(days, day) {
  let low = 0;
  let high = days.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if (at(days, half) < day) low = half + 1;
    else high = half;
  }
  return low;
}

/**
 * One utterance as a mark.
 * @param {Series} series
 * @param {number} place
 * @param {Frame} frame
 * @param {(day: number) => number} x
 * @returns {Mark}
 */
export function markAt(series, place, frame, x) {
  const one = /** @type {UtteranceData} */ (series.rows[place]);
  const from = x(at(series.from, place));
  const to = x(at(series.to, place));
  return {
    ...{ key: `u${one.id}`, id: one.id, x: (from + to) / 2, y: heightOf(series, place, frame) },
    ...{ from, to, radius: at(series.radius, place), fidelity: one.fidelity, name: one.name },
  };
}

/**
 * @param {Series} series
 * @param {number} place
 * @param {Frame} frame
 */
export function heightOf({ share }, place, frame) {
  const part = at(share, place);
  return part < 0 ? frame.rail : frame.top + part * (frame.bottom - frame.top);
}

/**
 * The way of the arrow keys: utterances in time, each after the shifts that led to it.
 * @param {Chart} chart
 * @returns {string[]}
 */
export function order({ series, shifts }) {
  /** @type {Map<number, string[]>} */
  const led = new Map();
  for (const one of shifts) {
    const keys = led.get(one.newer);
    if (keys) keys.push(`s${one.id}`);
    else led.set(one.newer, [`s${one.id}`]);
  }
  return series.rows.flatMap((one) => [...(led.get(one.id) ?? []), `u${one.id}`]);
}
