/**
 * An utterance as the page gives it; days are ISO dates, `value` is null where not stated.
 * @typedef {{ id: number, earliest: string, latest: string, value: number | null, fidelity: string,
 *   sources: number, grade: string, name: string }} UtteranceData
 *
 * @typedef {{ id: number, older: number, newer: number, direction: string, status: string,
 *   label: string, name: string }} ShiftData
 *
 * @typedef {{ earliest: string, latest: string, name: string }} GapData
 * @typedef {{ kind: string, older: number, newer: number | null }} EventData
 * @typedef {{ month: string, statements: number }} MonthData
 *
 * @typedef {{ utterances: UtteranceData[], shifts: ShiftData[], events: EventData[],
 *   gaps: GapData[], coverage: MonthData[] }} ChartData
 *
 * What a reader wants to see: undecided pairs or not, some fidelities (none for all), sources
 * of at least a grade (`A` to `F`, empty for all).
 * @typedef {{ undecided: boolean, fidelity: string[], grade: string }} Wanted
 *
 * Days since 1970-01-01, first and last shown.
 * @typedef {[number, number]} Span
 *
 * The utterances as columns, in order of their first day, so that a view of some days is found
 * without looking at the others. `share` is the height from the top, 0 to 1, and -1 where
 * nothing is stated; `longest` the days of the widest interval.
 * @typedef {{ rows: UtteranceData[], from: Float64Array, to: Float64Array, share: Float64Array,
 *   radius: Float64Array, placeOf: Map<number, number>, longest: number,
 *   levels: Map<number, Level> }} Series
 *
 * What is drawn: the series, and what stands around it.
 * @typedef {{ series: Series, shifts: ShiftData[], events: EventData[],
 *   gaps: { from: number, to: number, name: string }[],
 *   months: { from: number, to: number, statements: number, name: string }[],
 *   most: number }} Chart
 *
 * What the chart is drawn into, in pixels.
 * @typedef {{ left: number, right: number, top: number, bottom: number, rail: number,
 *   bandTop: number, bandBottom: number, width: number, height: number }} Frame
 *
 * @typedef {{ key: string, x: number, y: number, from: number, to: number, radius: number,
 *   fidelity: string, name: string, id: number }} Mark
 *
 * `line` is x and y of both ends.
 * @typedef {{ key: string, line: number[], x: number, y: number, radius: number, status: string,
 *   direction: string, label: string, name: string, labelX: number, labelY: number,
 *   labelled: boolean, newer: number }} ShiftMark
 *
 * A series in cells of so many days, worked out once for each width. Utterances of one cell are
 * one bin: the bins of a column follow each other, `offsets` says where. `look` is the place of
 * its shape, size and weight in `LOOKS`, `from` and `to` the days that its intervals span.
 * `middles` holds three rows (upper quartile, median, lower) for every three columns, NaN where
 * nothing was stated.
 * @typedef {{ days: number, start: number, offsets: Uint32Array, row: Uint8Array,
 *   look: Uint8Array, from: Float64Array, to: Float64Array, middles: Float32Array }} Level
 *
 * @typedef {{ x: number, text: string, major: boolean }} Tick
 * @typedef {{ x: number, width: number, height: number, name: string }} Bar
 * @typedef {{ x: number, width: number, name: string, label: string }} GapMark
 * @typedef {{ line: number[], kind: string }} Tie
 *
 * Where everything goes, for whichever painter; `x` places a day. With a `level`, marks are too
 * many to be told apart, and `marks` is empty. `crowded`: too many shifts for lines and badges.
 * @typedef {{ frame: Frame, x: (day: number) => number, marks: Mark[], level: Level | null,
 *   shifts: ShiftMark[], ties: Tie[], gaps: GapMark[], most: number, bars: Bar[], ticks: Tick[],
 *   crowded: boolean, shown: number }} Geometry
 *
 * A shape under the class that gives its looks, in numbers: segments (x1 y1 x2 y2), boxes
 * (x y width height, with names), the points of a line or an area, or a text.
 * @typedef {{ look: string, lines: number[] } | { look: string, points: number[] }
 *   | { look: string, boxes: number[], names: string[] }
 *   | { look: string, text: string, x: number, y: number }} Shape
 *
 * @typedef {{ clipped: boolean, shapes: Shape[] }} Layer
 */

export {};
