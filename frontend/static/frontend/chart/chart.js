/**
 * A chart of one stance in a place of a page: it paints, zooms, and walks from mark to mark. It
 * knows nothing of the page around it; what the reader asks for is told to `wiring`.
 */

import { createPainter } from "./canvas.js";
import { listen } from "./gestures.js";
import { layout } from "./layout.js";
import { at as numberAt, chartOf, extent, markAt, middleOf, only, order, within } from "./series.js";
import { draw, overlay } from "./svg.js";

/** @import { ChartData, Geometry, Mark, ShiftMark, Span, Wanted } from "./types.js" */

/**
 * `href` gives the address of a mark; `opened` is told what the reader opens, `moved` the days
 * shown (null for all), `painted` the geometry, once a movement has come to rest.
 * @typedef {{ href: (key: string) => string, opened: (key: string) => void,
 *   moved: (span: Span | null) => void, painted: (geometry: Geometry) => void }} Wiring
 */

const SHORTEST = 14; // days: nothing is gained by zooming in further
const FEW = 150; // marks up to which SVG keeps up with a moving hand
const REST = 160; // milliseconds after the last move at which links are drawn again
const NEAR = 5; // pixels beside a mark that still are the mark

/**
 * @param {HTMLElement} place
 * @param {ChartData} data
 * @param {Wiring} wiring
 * @param {{ span: Span | null, open: string, wanted: Wanted }} start
 */
export function createChart(place, data, wiring, start) {
  const time = extent(chartOf(data).series);
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  let chart = chartOf(only(data, start.wanted));
  let keys = order(chart);
  let span = bounded(start.span ?? time);
  let { open } = start;
  let at = open; // the mark that the arrow keys are on
  let under = ""; // the mark under the pointer, where marks are pixels
  let width = place.clientWidth;
  const painter = createPainter(place);
  const wide = painter.letter();
  /** @type {Geometry} */
  let geometry;
  /** @type {Map<Element, Mark | ShiftMark | undefined>} where the links over pixels were made */
  let carriedFrom = new Map();
  let [due, rest, pixels, printing] = [0, 0, false, false];

  place.addEventListener("click", clicked);
  place.addEventListener("keydown", pressed);
  place.addEventListener("pointermove", hovered);
  place.addEventListener("focusin", (event) => {
    at = /** @type {Element} */ (event.target).getAttribute("data-key") ?? at;
  });
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    redraw();
  }).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    painter.forget();
    redraw();
  });
  matchMedia("print").addEventListener("change", ({ matches }) => {
    printing = matches;
    paint();
  });
  listen(place, {
    ...{ frame: () => geometry.frame, span: () => span, zoomTo, zoomBy, all: () => zoomTo(time) },
  });
  paint();

  function redraw() {
    if (!due) due = requestAnimationFrame(() => paint(rest > 0 && pixels));
  }

  /** @param {boolean} [moving] over pixels: what lies over them is left for the rest */
  function paint(moving = false) {
    cancelAnimationFrame(due);
    due = 0;
    geometry = layout(chart, Math.max(300, width), span, wide);
    pixels = !printing && (geometry.level !== null || (rest > 0 && geometry.marks.length > FEW));
    if (pixels) painter.paint(canvas, geometry);
    if (moving && pixels) return carried();
    overlaid();
    place.classList.toggle("zoomed", span[1] - span[0] < time[1] - time[0]);
    wiring.painted(geometry);
  }

  /** While pixels move, the links over them are moved, not made anew. */
  function carried() {
    for (const node of place.querySelectorAll(".item")) {
      const mark = markOf(node.getAttribute("data-key") ?? "");
      const from = carriedFrom.get(node);
      if (!mark || !from) continue;
      node.setAttribute("transform", `translate(${mark.x - from.x} ${mark.y - from.y})`);
    }
  }

  function overlaid() {
    const focused = place.contains(document.activeElement);
    const links = [...new Set([open, at, under])].flatMap((key) => markOf(key) ?? []);
    if (!links.length) links.push(...[markOf(keys[0] ?? "")].flatMap((one) => one ?? []));
    if (pixels) {
      const over = overlay(geometry, links, wiring.href, open, at);
      carriedFrom = new Map([...over.querySelectorAll(".item")].map((node, place) => [node, links[place]]));
      place.replaceChildren(canvas, over);
    } else place.replaceChildren(draw(geometry, wiring.href, open, at));
    if (at && focused) focus(at);
  }

  /** @param {string} key */
  function markOf(key) {
    const shift = geometry.shifts.find((one) => one.key === key);
    const mark = shift ?? geometry.marks.find((one) => one.key === key);
    const place = key[0] === "u" ? chart.series.placeOf.get(Number(key.slice(1))) : undefined;
    if (mark || place === undefined) return mark;
    return markAt(chart.series, place, geometry.frame, x);
  }

  /** @param {number} day */
  function x(day) {
    const { left, right } = geometry.frame;
    return left + ((day - span[0]) / (span[1] - span[0])) * (right - left);
  }

  /** @param {string} key */
  function focus(key) {
    const node = /** @type {SVGElement | null} */ (place.querySelector(`[data-key="${key}"]`));
    if (!node) return;
    place.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    node.setAttribute("tabindex", "0");
    node.focus({ preventScroll: true });
    at = key;
  }

  /**
   * @param {Span} wanted
   * @returns {Span}
   */
  function bounded(wanted) {
    const days = Math.min(time[1] - time[0], Math.max(SHORTEST, wanted[1] - wanted[0]));
    const middle = (wanted[0] + wanted[1]) / 2;
    const from = Math.min(time[1] - days, Math.max(time[0], middle - days / 2));
    return [from, from + days];
  }

  /** @param {Span} wanted */
  function zoomTo(wanted) {
    span = bounded(wanted);
    wiring.moved(span[1] - span[0] < time[1] - time[0] ? span : null);
    clearTimeout(rest);
    rest = window.setTimeout(() => {
      rest = 0;
      if (pixels) redraw();
    }, REST);
    redraw();
  }

  /**
   * @param {number} factor below 1 zooms in
   * @param {number} [around] the share of the span that stays where it is
   */
  function zoomBy(factor, around = 0.5) {
    const fixed = span[0] + (span[1] - span[0]) * around;
    zoomTo([fixed - (fixed - span[0]) * factor, fixed + (span[1] - fixed) * factor]);
  }

  /** @param {MouseEvent} event */
  function clicked(event) {
    const item = /** @type {Element} */ (event.target).closest("[data-key]");
    const key = item?.getAttribute("data-key") ?? (pixels ? nearest(event) : "");
    if (!key || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    wiring.opened(key);
  }

  /** @param {PointerEvent} event */
  function hovered(event) {
    const key = pixels && !event.buttons ? nearest(event) : "";
    if (key === under) return;
    under = key;
    overlaid();
  }

  /**
   * The key of the mark under the pointer, where marks are pixels; empty for none.
   * @param {MouseEvent} event
   */
  function nearest(event) {
    const box = place.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    const candidates = [...geometry.shifts, ...marksNear(left)];
    const away = (/** @type {Mark | ShiftMark} */ one) => Math.hypot(one.x - left, one.y - top);
    const near = candidates.filter((one) => away(one) < one.radius + NEAR);
    return near.sort((one, other) => away(one) - away(other))[0]?.key ?? "";
  }

  /** @param {number} left */
  function marksNear(left) {
    if (!geometry.level) return geometry.marks;
    const scale = (span[1] - span[0]) / (geometry.frame.right - geometry.frame.left);
    const day = span[0] + (left - geometry.frame.left) * scale;
    const reach = 4 * NEAR * scale;
    const [first, end] = within(chart.series, [day - reach, day + reach]);
    const near = [];
    for (let one = first; one < end; one += 1) {
      const { from, to } = chart.series;
      const middle = (numberAt(from, one) + numberAt(to, one)) / 2;
      if (Math.abs(middle - day) < reach) near.push(markAt(chart.series, one, geometry.frame, x));
    }
    return near;
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const item = document.activeElement?.getAttribute("data-key") ?? "";
    const place = keys.indexOf(item);
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowRight: () => step(keys[Math.min(keys.length - 1, place + 1)]),
      ArrowLeft: () => step(keys[Math.max(0, place - 1)]),
      Home: () => step(keys[0]),
      End: () => step(keys.at(-1)),
      Enter: () => wiring.opened(item),
      "+": () => zoomBy(0.5, shareOf(item)),
      "-": () => zoomBy(2, shareOf(item)),
    };
    const act = acts[event.key];
    if (!act || place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  /** @param {string | undefined} key */
  function step(key) {
    if (!key) return;
    const day = middleOf(chart, key) ?? span[0];
    at = key;
    if (day < span[0] || day > span[1]) {
      const half = (span[1] - span[0]) / 2;
      zoomTo([day - half, day + half]);
    }
    paint();
    focus(key);
  }

  /** @param {string} key */
  function shareOf(key) {
    const day = middleOf(chart, key) ?? (span[0] + span[1]) / 2;
    return Math.min(1, Math.max(0, (day - span[0]) / (span[1] - span[0])));
  }

  return {
    zoomBy,
    all: () => zoomTo(time),
    /** @param {Span | null} wanted */
    look(wanted) {
      span = bounded(wanted ?? time);
      redraw();
    },
    /**
     * Mark what is open; with `back`, the keyboard returns to what was open before.
     * @param {string} key
     * @param {boolean} [back]
     */
    open(key, back = false) {
      const left = open;
      open = key;
      if (key) at = key;
      if (!back) return redraw();
      paint();
      focus(left);
    },
    /** @param {Wanted} wanted */
    show(wanted) {
      chart = chartOf(only(data, wanted));
      keys = order(chart);
      redraw();
    },
    /** The whole chart as SVG, for a file: as it is shown at present. */
    picture: () => draw(geometry, wiring.href, "", ""),
  };
}
