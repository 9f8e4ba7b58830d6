import { ticks } from "./days.js";
import { levelAt } from "./dense.js";
import { at, heightOf, markAt, within } from "./series.js";

/**
 * @import { Bar, Chart, EventData, Frame, GapMark, Geometry, Mark, Series, ShiftData, ShiftMark,
 *   Span, Tie } from "./types.js"
 */

const MANY = 1000; // marks in view above which they are drawn together, not each as a link
const CROWD = 150; // shifts in view above which lines and badges would hide everything
const EDGE = 24; // pixels beyond the plot that still are laid out
const LINE = 14;
const GAP_INSET = 7; // so that a gap does not touch the marks on either side
const JITTER = [0, 6, -6, 12, -12]; // less than half a unit of the scale would hide nothing
/** @type {[number, number][]} */
const BADGE_SPOTS = [[0, 0], [0, -14], [0, 14], [18, 0], [-18, 0], [18, -18], [-18, -18], [18, 18], [-18, 18], [0, -30], [0, 30], [34, 0], [-34, 0]];

/**
 * Where everything goes: what is drawn, a width in pixels and a span of days in, geometry out.
 * @param {Chart} chart
 * @param {number} width
 * @param {Span} span
 * @param {number} letter pixels, about, of one letter of a label
 * @returns {Geometry}
 */
export function layout(chart, width, span, letter) {
  const frame = frameOf(width);
  const scale = (frame.right - frame.left) / (span[1] - span[0]);
  /** @param {number} day */
  const x = (day) => frame.left + (day - span[0]) * scale;
  const air = EDGE / scale; // what stands just beyond an edge reaches into the plot
  const places = within(chart.series, [span[0] - air, span[1] + air]);
  const level = places[1] - places[0] > MANY ? levelAt(chart.series, scale) : null;
  const marks = level ? [] : placed(marksIn(chart.series, places, frame, x));
  const end = ends(chart.series, marks, frame, x);
  const shifts = chart.shifts.flatMap((one) => shiftMark(one, end, frame));
  const crowded = shifts.length > CROWD;
  if (crowded) shifts.forEach((one) => upright(one, frame));
  else spread(shifts, marks);
  if (!level && !crowded) label(shifts, marks, frame, letter);
  return {
    ...{ frame, x, marks, level, shifts, crowded, most: chart.most },
    gaps: chart.gaps.map((one) => gapMark(one, x, letter)),
    ties: level ? [] : chart.events.flatMap((one) => tie(one, end, frame)),
    bars: bars(chart, frame, x),
    ticks: ticks(span, x),
    shown: places[1] - places[0],
  };
}

/**
 * @param {Series} series
 * @param {[number, number]} places
 * @param {Frame} frame
 * @param {(day: number) => number} x
 * @returns {Mark[]}
 */
function marksIn(series, [first, end], frame, x) {
  const marks = [];
  for (let place = first; place < end; place += 1) {
    const one = markAt(series, place, frame, x);
    if (one.to > frame.left - EDGE) marks.push(one);
  }
  return marks;
}

/** @typedef {(id: number) => { x: number, y: number } | undefined} Ends */

/**
 * Where an utterance stands, by its number: where its mark was placed or, where that is not
 * drawn, as it would stand; undefined where it is not among the series.
 * @param {Series} series
 * @param {Mark[]} marks
 * @param {Frame} frame
 * @param {(day: number) => number} x
 * @returns {Ends}
 */
function ends(series, marks, frame, x) {
  const drawn = new Map(marks.map((one) => [one.id, one]));
  return (id) => {
    const mark = drawn.get(id);
    const place = series.placeOf.get(id);
    if (mark || place === undefined) return mark;
    const day = (at(series.from, place) + at(series.to, place)) / 2;
    return { x: x(day), y: heightOf(series, place, frame) };
  };
}

/**
 * @param {{ x: number }} older
 * @param {{ x: number }} newer
 * @param {Frame} frame
 */
function crosses(older, newer, frame) {
  return Math.max(older.x, newer.x) > frame.left && Math.min(older.x, newer.x) < frame.right;
}

/**
 * @param {number} width
 * @returns {Frame}
 */
function frameOf(width) {
  const tall = width > 1400 ? 420 : width > 600 ? 320 : 260;
  const top = 22;
  const bottom = top + tall;
  return {
    ...{ width, left: 40, right: width - 14, top, bottom, rail: bottom + 32 },
    ...{ bandTop: bottom + 58, bandBottom: bottom + 92, height: bottom + 122 },
  };
}

/**
 * The marks, moved apart up and down by a few pixels where they would hide each other.
 * @param {Mark[]} marks in order of time
 * @returns {Mark[]}
 */
function placed(marks) {
  /** @type {Mark[]} */
  const done = [];
  for (const one of marks) {
    const near = done.slice(-12).filter((other) => Math.abs(other.x - one.x) < 16);
    const free = JITTER.find((dy) =>
      near.every((other) => hypot(other, one.x, one.y + dy) > other.radius + one.radius),
    );
    done.push({ ...one, y: one.y + (free ?? 0) });
  }
  return done;
}

/**
 * @param {{ x: number, y: number }} mark
 * @param {number} x
 * @param {number} y
 */
function hypot(mark, x, y) {
  return Math.hypot(mark.x - x, mark.y - y);
}

/**
 * @param {ShiftData} one
 * @param {Ends} end
 * @param {Frame} frame
 * @returns {ShiftMark[]} none where it does not cross the plot
 */
function shiftMark(one, end, frame) {
  const [older, newer] = [end(one.older), end(one.newer)];
  if (!older || !newer || !crosses(older, newer, frame)) return [];
  return [
    {
      ...{ key: `s${one.id}`, line: [older.x, older.y, newer.x, newer.y], newer: one.newer },
      ...{ x: (older.x + newer.x) / 2, y: (older.y + newer.y) / 2 },
      radius: one.status === "undecided" ? 6.5 : 8.5,
      ...{ status: one.status, direction: one.direction },
      ...{ label: one.label, name: one.name, labelX: 0, labelY: 0, labelled: false },
    },
  ];
}

/**
 * Make of a shift one of many: an upright stroke above the plot, at its newer side.
 * @param {ShiftMark} one
 * @param {Frame} frame
 */
function upright(one, frame) {
  const x = one.line[2];
  const tall = one.status === "undecided" ? 8 : 16;
  Object.assign(one, { x, y: frame.top - tall / 2, radius: 4, line: [x, frame.top - tall, x, frame.top] });
}

/**
 * Move the badges of shifts, which stand halfway, to where they hide no mark and no other badge.
 * @param {ShiftMark[]} shifts
 * @param {Mark[]} marks
 */
function spread(shifts, marks) {
  /** @type {{ x: number, y: number, radius: number }[]} */
  const taken = [...marks];
  for (const one of shifts) {
    const near = taken.filter((other) => Math.abs(other.x - one.x) < 80);
    const free = BADGE_SPOTS.find(([dx, dy]) =>
      near.every((other) => hypot(other, one.x + dx, one.y + dy) > other.radius + one.radius + 1),
    );
    if (free) Object.assign(one, { x: one.x + free[0], y: one.y + free[1] });
    taken.push(one);
  }
}

/**
 * @param {EventData} one
 * @param {Ends} end
 * @param {Frame} frame
 * @returns {Tie[]}
 */
function tie(one, end, frame) {
  const older = end(one.older);
  const newer = one.newer === null ? undefined : end(one.newer);
  if (!older || !newer || !crosses(older, newer, frame)) return [];
  return [{ line: [older.x, older.y, newer.x, newer.y], kind: one.kind }];
}

/**
 * @param {Chart["gaps"][0]} gap
 * @param {(day: number) => number} x
 * @param {number} letter
 * @returns {GapMark}
 */
function gapMark(gap, x, letter) {
  const [from, to] = [x(gap.from), x(gap.to)];
  const short = gap.name.split(" without")[0] ?? "";
  const fitting = [`${short} without a word`, short].find((text) => text.length * letter < to - from - 12);
  return { x: from + GAP_INSET, width: Math.max(0, to - from - 2 * GAP_INSET), name: gap.name, label: fitting ?? "" };
}

/**
 * @param {Chart} chart
 * @param {Frame} frame
 * @param {(day: number) => number} x
 * @returns {Bar[]}
 */
function bars({ months, most }, frame, x) {
  const shown = months.filter((month) => x(month.to) > frame.left - EDGE && x(month.from) < frame.right + EDGE);
  return shown.map((month) => {
    const [from, to] = [x(month.from), x(month.to)];
    return {
      x: from,
      width: Math.max(1, to - from - (to - from > 4 ? 1 : 0)),
      height: Math.max(2, (month.statements / most) * (frame.bandBottom - frame.bandTop)),
      name: month.name,
    };
  });
}

/**
 * Give each established shift its words where there is room for them: beside, above, below.
 * @param {ShiftMark[]} shifts
 * @param {Mark[]} marks
 * @param {Frame} frame
 * @param {number} letter
 */
function label(shifts, marks, frame, letter) {
  const taken = [...marks, ...shifts].map((one) => box(one.x, one.y, one.radius + 1, one.radius + 1));
  for (const one of shifts) {
    if (one.status === "undecided") continue;
    const half = (one.label.length * letter) / 2;
    const aside = one.radius + half + 4;
    const beside = [[aside, 0], [-aside, 0]];
    const over = [[0, -18], [0, 18]]; // a flat line runs through what stands beside its badge
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = one.line;
    const flat = Math.abs(y2 - y1) < Math.abs(x2 - x1);
    const first = flat ? [...over, ...beside] : [...beside, ...over];
    const spots = [...first, [aside, -16], [-aside, -16], [aside, 16], [-aside, 16]];
    for (const [dx = 0, dy = 0] of spots) {
      const spot = box(one.x + dx, one.y + dy, half, LINE / 2);
      if (spot[0] < frame.left || spot[2] > frame.right || taken.some((other) => meet(other, spot))) continue;
      Object.assign(one, { labelX: one.x + dx, labelY: one.y + dy, labelled: true });
      taken.push(spot);
      break;
    }
  }
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} halfWidth
 * @param {number} halfHeight
 * @returns {[number, number, number, number]}
 */
function box(x, y, halfWidth, halfHeight) {
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
}

/**
 * @param {[number, number, number, number]} a
 * @param {[number, number, number, number]} b
 */
function meet(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}
