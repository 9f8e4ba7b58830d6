import { dayOf, monthSpan, ticks } from "./days.js";

/**
 * @import { Bar, ChartData, EventData, Frame, GapMark, Geometry, Mark, ShiftData, ShiftMark, Span,
 *   Tie, UtteranceData } from "./types.js"
 */

const MANY = 1000; // marks in view above which they are drawn together, not each as a link
const EDGE = 24; // pixels beyond the plot that still are laid out
const LETTER = 6.3; // pixels, about, of one letter of a label
const LINE = 14;
const GAP_INSET = 7; // so that a gap does not touch the marks on either side
const JITTER = [0, 6, -6, 12, -12]; // less than half a unit of the scale would hide nothing
/** @type {[number, number][]} */
const BADGE_SPOTS = [[0, 0], [0, -14], [0, 14], [18, 0], [-18, 0], [18, -18], [-18, -18], [18, 18], [-18, 18], [0, -30], [0, 30], [34, 0], [-34, 0]];
const PADDING = 0.03; // of the time shown, kept free at both ends

/**
 * The whole time of the data, with a little air at both ends.
 * @param {ChartData} data
 * @returns {Span}
 */
export function extent(data) {
  const first = Math.min(...data.utterances.map((one) => dayOf(one.earliest)));
  const last = Math.max(...data.utterances.map((one) => dayOf(one.latest)));
  const air = Math.max(20, (last - first) * PADDING);
  return [first - air, last + air];
}

/**
 * The day in the middle of each utterance and of each shift, by key.
 * @param {ChartData} data
 * @returns {Map<string, number>}
 */
export function middles(data) {
  const days = new Map(
    data.utterances.map((one) => [`u${one.id}`, (dayOf(one.earliest) + dayOf(one.latest)) / 2]),
  );
  for (const one of data.shifts) {
    const sides = [days.get(`u${one.older}`) ?? 0, days.get(`u${one.newer}`) ?? 0];
    days.set(`s${one.id}`, ((sides[0] ?? 0) + (sides[1] ?? 0)) / 2);
  }
  return days;
}

/**
 * Where everything goes: the data, a width in pixels and a span of days in, geometry out.
 * @param {ChartData} data
 * @param {number} width
 * @param {Span} span
 * @returns {Geometry}
 */
export function layout(data, width, span) {
  const frame = frameOf(width);
  const scale = (frame.right - frame.left) / (span[1] - span[0]);
  /** @param {number} day */
  const x = (day) => frame.left + (day - span[0]) * scale;
  const all = data.utterances.map((one) => mark(one, frame, x));
  const near = all.filter((one) => one.to > frame.left - EDGE && one.from < frame.right + EDGE);
  const dense = near.length > MANY;
  const marks = dense ? near : placed(near);
  const byId = new Map([...all, ...marks].map((one) => [one.id, one]));
  const shifts = data.shifts.flatMap((one) => shiftMark(one, byId)).filter((one) => crosses(one, frame));
  const most = Math.max(1, ...data.coverage.map((month) => month.statements));
  if (!dense) {
    spread(shifts, marks);
    label(shifts, marks, frame);
  }
  return {
    ...{ frame, marks, shifts, dense, most },
    gaps: data.gaps.map((one) => gapMark(one, x)),
    ties: dense ? [] : data.events.flatMap((one) => tie(one, byId)),
    bars: bars(data, frame, x, most),
    ticks: ticks(span, x),
    order: order(data),
  };
}

/**
 * @param {ShiftMark} shift
 * @param {Frame} frame
 */
function crosses({ older, newer }, frame) {
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
 * @param {UtteranceData} one
 * @param {Frame} frame
 * @param {(day: number) => number} x
 * @returns {Mark}
 */
function mark(one, frame, x) {
  const [from, to] = [x(dayOf(one.earliest)), x(dayOf(one.latest))];
  const share = one.value === null ? null : (10 - one.value) / 20;
  return {
    key: `u${one.id}`,
    id: one.id,
    x: (from + to) / 2,
    y: share === null ? frame.rail : frame.top + share * (frame.bottom - frame.top),
    from,
    to,
    radius: 4.2 + 2.2 * (Math.sqrt(one.sources) - 1),
    fidelity: one.fidelity,
    name: one.name,
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
 * @param {Map<number, Mark>} marks
 * @returns {ShiftMark[]} none where a side is not among the utterances
 */
function shiftMark(one, marks) {
  const [older, newer] = [marks.get(one.older), marks.get(one.newer)];
  if (!older || !newer) return [];
  return [
    {
      ...{ key: `s${one.id}`, path: line(older, newer), older, newer },
      ...{ x: (older.x + newer.x) / 2, y: (older.y + newer.y) / 2 },
      radius: one.status === "undecided" ? 6.5 : 8.5,
      ...{ status: one.status, direction: one.direction },
      ...{ label: one.label, name: one.name, labelX: 0, labelY: 0, labelled: false },
    },
  ];
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
 * @param {Mark} older
 * @param {Mark} newer
 */
function line(older, newer) {
  return `M${round(older.x)} ${round(older.y)}L${round(newer.x)} ${round(newer.y)}`;
}

/**
 * @param {EventData} one
 * @param {Map<number, Mark>} marks
 * @returns {Tie[]}
 */
function tie(one, marks) {
  const older = marks.get(one.older);
  const newer = one.newer === null ? undefined : marks.get(one.newer);
  return older && newer ? [{ path: line(older, newer), kind: one.kind }] : [];
}

/**
 * @param {{ earliest: string, latest: string, name: string }} gap
 * @param {(day: number) => number} x
 * @returns {GapMark}
 */
function gapMark(gap, x) {
  const [from, to] = [x(dayOf(gap.earliest)), x(dayOf(gap.latest))];
  const short = gap.name.split(" without")[0] ?? "";
  const fitting = [`${short} without a word`, short].find((text) => text.length * LETTER < to - from - 12);
  return { x: from + GAP_INSET, width: Math.max(0, to - from - 2 * GAP_INSET), name: gap.name, label: fitting ?? "" };
}

/**
 * @param {ChartData} data
 * @param {Frame} frame
 * @param {(day: number) => number} x
 * @param {number} most statements of a month
 * @returns {Bar[]}
 */
function bars(data, frame, x, most) {
  return data.coverage.map((month) => {
    const [from, to] = monthSpan(month.month);
    const gap = x(to) - x(from) > 4 ? 1 : 0;
    return {
      x: x(from),
      width: Math.max(1, x(to) - x(from) - gap),
      height: Math.max(2, (month.statements / most) * (frame.bandBottom - frame.bandTop)),
      name: `${month.month}: ${month.statements}`,
    };
  });
}

/**
 * Give each established shift its words where there is room for them: beside, above, below.
 * @param {ShiftMark[]} shifts
 * @param {Mark[]} marks
 * @param {Frame} frame
 */
function label(shifts, marks, frame) {
  const taken = [...marks, ...shifts].map((one) => box(one.x, one.y, one.radius + 1, one.radius + 1));
  for (const one of shifts) {
    if (one.status === "undecided") continue;
    const half = (one.label.length * LETTER) / 2;
    const aside = one.radius + half + 4;
    const spots = [[aside, 0], [-aside, 0], [0, -18], [0, 18], [aside, -16], [-aside, -16], [aside, 16], [-aside, 16]];
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

/**
 * The way of the arrow keys: utterances in time, each after the shifts that led to it.
 * @param {ChartData} data
 */
function order(data) {
  /** @type {Map<number, string[]>} */
  const led = new Map();
  for (const one of data.shifts) led.set(one.newer, [...(led.get(one.newer) ?? []), `s${one.id}`]);
  return data.utterances.flatMap((one) => [...(led.get(one.id) ?? []), `u${one.id}`]);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
