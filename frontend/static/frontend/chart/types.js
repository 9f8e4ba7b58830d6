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
 * What the chart is drawn into, in pixels.
 * @typedef {{ left: number, right: number, top: number, bottom: number, rail: number,
 *   bandTop: number, bandBottom: number, width: number, height: number }} Frame
 *
 * @typedef {{ key: string, x: number, y: number, from: number, to: number, radius: number,
 *   fidelity: string, name: string, id: number }} Mark
 *
 * @typedef {{ key: string, path: string, x: number, y: number, radius: number, status: string,
 *   direction: string, label: string, name: string, labelX: number, labelY: number,
 *   labelled: boolean, older: Mark, newer: Mark }} ShiftMark
 *
 * @typedef {{ x: number, text: string, major: boolean }} Tick
 * @typedef {{ x: number, width: number, height: number, name: string }} Bar
 * @typedef {{ x: number, width: number, name: string, label: string }} GapMark
 * @typedef {{ path: string, kind: string }} Tie
 *
 * @typedef {{ frame: Frame, marks: Mark[], shifts: ShiftMark[], ties: Tie[], gaps: GapMark[],
 *   most: number, bars: Bar[], ticks: Tick[], order: string[], dense: boolean }} Geometry
 */

export {};
