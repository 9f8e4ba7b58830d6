/**
 * An utterance as the page gives it; days are ISO dates, `value` is null where not stated.
 * @typedef {{ id: number, earliest: string, latest: string, value: number | null, fidelity: string,
 *   sources: number, name: string }} UtteranceData
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
 * Days since 1970-01-01, first and last shown.
 * @typedef {[number, number]} Span
 *
 * The utterances as columns, in order of their first day, so that a view of some days is found
 * without looking at the others. `share` is the height from the top, 0 to 1, and -1 where
 * nothing is stated; `longest` the days of the widest interval.
 * @typedef {{ rows: UtteranceData[], from: Float64Array, to: Float64Array, share: Float64Array,
 *   radius: Float64Array, placeOf: Map<number, number>, longest: number }} Series
 *
 * What is drawn: the series, and what stands around it.
 * @typedef {{ series: Series, shifts: ShiftData[], events: EventData[], gaps: GapData[],
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
 * @typedef {{ key: string, line: [number, number, number, number], x: number, y: number,
 *   radius: number, status: string, direction: string, label: string, name: string,
 *   labelX: number, labelY: number, labelled: boolean, newer: number }} ShiftMark
 *
 * Utterances too near each other to be told apart: `weight` 1 to 3 grows with their number.
 * @typedef {{ x: number, y: number, radius: number, fidelity: string, weight: number }} Bin
 *
 * The middle of what was stated in a stretch of time: median and quartiles, as y.
 * @typedef {{ x: number, low: number, median: number, high: number, joined: boolean }} Middle
 *
 * @typedef {{ x: number, text: string, major: boolean }} Tick
 * @typedef {{ x: number, width: number, height: number, name: string }} Bar
 * @typedef {{ x: number, width: number, name: string, label: string }} GapMark
 * @typedef {{ line: [number, number, number, number], kind: string }} Tie
 *
 * Where everything goes, for whichever painter. `dense`: too many marks to be told apart, so
 * `bins` and `middles` instead of `marks`. `crowded`: too many shifts for lines and badges.
 * @typedef {{ frame: Frame, marks: Mark[], bins: Bin[], middles: Middle[], shifts: ShiftMark[],
 *   ties: Tie[], gaps: GapMark[], most: number, bars: Bar[], ticks: Tick[], dense: boolean,
 *   crowded: boolean, shown: number }} Geometry
 */

export {};
