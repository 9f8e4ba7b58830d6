/** Pointer and wheel on a chart: move through time, mark days on the band, pinch, zoom. */

import { el } from "./svg.js";

/** @import { Frame, Span } from "./types.js" */

/**
 * What gestures need of a chart.
 * @typedef {{ frame: () => Frame, span: () => Span, zoomTo: (span: Span) => void,
 *   zoomBy: (factor: number, around: number) => void, all: () => void }} Target
 */

const STILL = 4; // pixels that a finger may tremble in a tap

/**
 * @param {HTMLElement} place
 * @param {Target} chart
 */
export function listen(place, chart) {
  /** @type {Map<number, number>} the pointers that are down, by id, at x */
  const down = new Map();
  let strayed = false;
  place.addEventListener("wheel", wheeled, { passive: false });
  place.addEventListener("dblclick", () => chart.all());
  place.addEventListener("pointerdown", pressed);
  place.addEventListener("click", endsDrag, { capture: true });

  /** @param {MouseEvent} event */
  const offset = (event) => event.clientX - place.getBoundingClientRect().left;

  /** @param {number} x */
  function share(x) {
    const { left, right } = chart.frame();
    return Math.min(1, Math.max(0, (x - left) / (right - left)));
  }

  /** @param {number} x */
  function dayAt(x) {
    const [from, until] = chart.span();
    const { left, right } = chart.frame();
    return from + ((x - left) / (right - left)) * (until - from);
  }

  /** @param {WheelEvent} event */
  function wheeled(event) {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    chart.zoomBy(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.01), share(offset(event)));
  }

  /**
   * A drag ends in a click, which then opens nothing.
   * @param {MouseEvent} event
   */
  function endsDrag(event) {
    if (strayed) event.stopImmediatePropagation();
    if (strayed) event.preventDefault();
    strayed = false;
  }

  /** @param {PointerEvent} event */
  function pressed(event) {
    const target = /** @type {Element} */ (event.target);
    const brushing = target.classList.contains("band");
    if (event.button !== 0 || (!brushing && !target.classList.contains("ground"))) return;
    if (!down.size) strayed = false;
    down.set(event.pointerId, offset(event));
    if (down.size > 1) return; // the second finger of a pinch
    if (brushing) brush(event);
    else pull();
  }

  /** Move through time with one pointer, zoom with two: the days under the fingers stay there. */
  function pull() {
    const stop = new AbortController();
    let held = [...down.values()].map(dayAt);
    /** @param {PointerEvent} event */
    const move = (event) => {
      const start = down.get(event.pointerId);
      if (start === undefined) return;
      if (Math.abs(offset(event) - start) > STILL) strayed = true;
      const fingers = down.size;
      if (held.length !== fingers) held = [...down.values()].map(dayAt);
      down.set(event.pointerId, offset(event));
      if (strayed) hold([...down.values()], held);
    };
    /** @param {PointerEvent} event */
    const end = (event) => {
      down.delete(event.pointerId);
      held = [...down.values()].map(dayAt);
      if (!down.size) stop.abort();
    };
    addEventListener("pointermove", move, { signal: stop.signal });
    addEventListener("pointerup", end, { signal: stop.signal });
    addEventListener("pointercancel", end, { signal: stop.signal });
  }

  /**
   * Show the days so that each held one lies under its finger.
   * @param {number[]} at
   * @param {number[]} held
   */
  function hold([x1 = 0, x2], [day1 = 0, day2]) {
    const { left, right } = chart.frame();
    const [from, until] = chart.span();
    const pinched = x2 !== undefined && day2 !== undefined && Math.abs(x2 - x1) > 2 * STILL;
    const scale = pinched ? Math.abs((day2 - day1) / (x2 - x1)) : (until - from) / (right - left);
    const first = day1 - (x1 - left) * scale;
    chart.zoomTo([first, first + (right - left) * scale]);
  }

  /**
   * Mark the days to zoom to.
   * @param {PointerEvent} event
   */
  function brush(event) {
    const stop = new AbortController();
    const from = offset(event);
    const frame = chart.frame();
    const mark = el("rect", { class: "brush", y: frame.top, height: frame.bandBottom - frame.top });
    place.querySelector("svg")?.append(mark);
    /** @param {PointerEvent} moved */
    const move = (moved) => {
      strayed ||= Math.abs(offset(moved) - from) > STILL;
      mark.setAttribute("x", String(Math.min(from, offset(moved))));
      mark.setAttribute("width", String(Math.abs(offset(moved) - from)));
    };
    const end = () => (down.clear(), stop.abort(), mark.remove());
    /** @param {PointerEvent} ended */
    const choose = (ended) => {
      const [a = 0, b = 0] = [share(from), share(offset(ended))].sort((one, other) => one - other);
      const [first, last] = chart.span();
      end();
      if (b - a > 0.01) chart.zoomTo([first + a * (last - first), first + b * (last - first)]);
    };
    addEventListener("pointermove", move, { signal: stop.signal });
    addEventListener("pointerup", choose, { signal: stop.signal });
    addEventListener("pointercancel", end, { signal: stop.signal });
  }
}
