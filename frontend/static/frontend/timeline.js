import { address, asked } from "./address.js";
import { dayOf, isoOf } from "./chart/days.js";
import { draw, el } from "./chart/draw.js";
import { extent, layout, middles } from "./chart/layout.js";
import { createPanel } from "./panel.js";

/** @import { ChartData, Geometry, Span } from "./chart/types.js" */

const SHORTEST = 14; // days: nothing is gained by zooming in further
const NARROW = matchMedia("(max-width: 61.99rem)");

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const data = await chartData();
if (data.utterances.length) start(byId("chart"), byId("desk"), byId("desk-panel"));

/**
 * The chart's data: in the page, or at the address that the page names where it is large.
 * @returns {Promise<ChartData>}
 */
async function chartData() {
  const url = document.getElementById("chart")?.dataset["source"];
  if (url) return (await fetch(url, { headers: { Accept: "application/json" } })).json();
  return JSON.parse(byId("chart-data").textContent ?? "");
}

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} desk
 * @param {HTMLElement} side
 */
function start(place, desk, side) {
  const whole = extent(data);
  const days = middles(data);
  const panel = createPanel(side, desk);
  let span = askedSpan(whole);
  let open = asked("open");
  let decidedOnly = asked("undecided") === "no";
  let at = open; // the mark that the arrow keys are on
  /** @type {Geometry} */
  let geometry;
  let due = 0;

  /** @type {HTMLElement} */ (place.closest("[hidden]") ?? place).hidden = false;
  new ResizeObserver(redraw).observe(place);
  listen();
  press();
  paint();

  function redraw() {
    if (!due) due = requestAnimationFrame(paint);
  }

  function paint() {
    due = 0;
    const focused = place.contains(document.activeElement);
    const shown = decidedOnly ? decided(data) : data;
    geometry = layout(shown, Math.max(300, place.clientWidth), span);
    place.replaceChildren(draw(geometry, (key) => address({ open: key }), open, at));
    place.classList.toggle("zoomed", span[1] - span[0] < whole[1] - whole[0]);
    if (at && focused) focus(at);
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

  /** @param {string} key */
  async function show(key) {
    mark(key);
    const found = await panel.show(address({ open: key }));
    if (!found) return;
    found.focus({ preventScroll: !NARROW.matches });
    if (NARROW.matches) found.scrollIntoView({ block: "start" });
  }

  /** @param {string} key */
  function mark(key) {
    open = key;
    if (key) at = key;
    for (const row of document.querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    if (key) document.getElementById(key)?.setAttribute("aria-current", "true");
    redraw();
  }

  /** @param {string} key */
  function openItem(key) {
    history.pushState(null, "", address({ open: key }));
    void show(key);
  }

  function toggleUndecided() {
    decidedOnly = !decidedOnly;
    history.replaceState(null, "", address({ undecided: decidedOnly ? "no" : "" }));
    press();
    redraw();
  }

  function press() {
    byId("undecided").setAttribute("aria-pressed", String(!decidedOnly));
  }

  function closeItem() {
    if (!open) return;
    const left = open;
    history.pushState(null, "", address({ open: "" }));
    panel.close();
    mark("");
    paint();
    focus(left);
  }

  /** @param {Span} wanted */
  function zoomTo(wanted) {
    const days = Math.min(whole[1] - whole[0], Math.max(SHORTEST, wanted[1] - wanted[0]));
    const middle = (wanted[0] + wanted[1]) / 2;
    const from = Math.min(whole[1] - days, Math.max(whole[0], middle - days / 2));
    span = [from, from + days];
    const all = days === whole[1] - whole[0];
    const shown = { from: all ? "" : isoOf(span[0]), until: all ? "" : isoOf(span[1]) };
    history.replaceState(null, "", address(shown));
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

  function listen() {
    place.addEventListener("click", clicked);
    place.addEventListener("focusin", (event) => {
      at = /** @type {Element} */ (event.target).getAttribute("data-key") ?? at;
    });
    place.addEventListener("keydown", pressed);
    place.addEventListener("wheel", wheeled, { passive: false });
    place.addEventListener("pointerdown", dragged);
    place.addEventListener("dblclick", () => zoomTo(whole));
    document.addEventListener("click", followed);
    byId("undecided").addEventListener("click", toggleUndecided);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") closeItem();
    });
    addEventListener("popstate", () => {
      const key = asked("open");
      if (key) return void show(key);
      panel.close();
      mark("");
    });
  }

  /** @param {MouseEvent} event */
  function clicked(event) {
    const item = /** @type {Element} */ (event.target).closest("[data-key]");
    const key = item?.getAttribute("data-key") ?? (geometry.dense ? nearest(event) : "");
    if (!key || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    openItem(key);
  }

  /**
   * The key of the mark under the pointer, where marks are drawn together; empty for none.
   * @param {MouseEvent} event
   */
  function nearest(event) {
    const box = place.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const away = (/** @type {{ x: number, y: number }} */ one) => Math.hypot(one.x - x, one.y - y);
    const near = geometry.marks.filter((one) => away(one) < one.radius + 5);
    return near.sort((one, other) => away(one) - away(other))[0]?.key ?? "";
  }

  /**
   * The links of the table and the panel's own, and the zoom buttons.
   * @param {MouseEvent} event
   */
  function followed(event) {
    const target = /** @type {Element} */ (event.target);
    const zoom = target.closest("[data-zoom]")?.getAttribute("data-zoom");
    if (zoom) return zoom === "all" ? zoomTo(whole) : zoomBy(zoom === "in" ? 0.5 : 2);
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    const key = target.closest("[data-open]")?.getAttribute("data-open");
    const closes = target.closest(".panel .close");
    if (!key && !closes) return;
    event.preventDefault();
    if (key) openItem(key);
    else closeItem();
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const order = geometry.order;
    const item = document.activeElement?.getAttribute("data-key") ?? "";
    const place = order.indexOf(item);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowRight: () => step(order[Math.min(order.length - 1, place + 1)]),
      ArrowLeft: () => step(order[Math.max(0, place - 1)]),
      Home: () => step(order[0]),
      End: () => step(order.at(-1)),
      Enter: () => openItem(item),
      "+": () => zoomBy(0.5, shareOf(item)),
      "-": () => zoomBy(2, shareOf(item)),
    };
    const act = keys[event.key];
    if (!act || place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  /** @param {string | undefined} key */
  function step(key) {
    if (!key) return;
    const day = days.get(key) ?? span[0];
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
    const day = days.get(key) ?? (span[0] + span[1]) / 2;
    return Math.min(1, Math.max(0, (day - span[0]) / (span[1] - span[0])));
  }

  /** @param {number} x */
  function share(x) {
    const { left, right } = geometry.frame;
    return Math.min(1, Math.max(0, (x - left) / (right - left)));
  }

  /** @param {WheelEvent} event */
  function wheeled(event) {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    zoomBy(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.01), share(offset(event)));
  }

  /** @param {MouseEvent} event */
  function offset(event) {
    return event.clientX - place.getBoundingClientRect().left;
  }

  /**
   * On the band below: mark the days to zoom to. On the plot: move through time.
   * @param {PointerEvent} event
   */
  function dragged(event) {
    const target = /** @type {Element} */ (event.target);
    const brushing = target.classList.contains("band");
    if (event.button !== 0 || (!brushing && !target.classList.contains("ground"))) return;
    const from = offset(event);
    const before = span;
    const stop = new AbortController();
    const { frame } = geometry;
    const brush = el("rect", { class: "brush", y: frame.top, height: frame.bandBottom - frame.top });
    if (brushing) place.firstElementChild?.append(brush);

    /** @param {PointerEvent} moved */
    const move = (moved) => {
      const now = offset(moved);
      if (!brushing) {
        const days = ((from - now) / (frame.right - frame.left)) * (before[1] - before[0]);
        return zoomTo([before[0] + days, before[1] + days]);
      }
      brush.setAttribute("x", String(Math.min(from, now)));
      brush.setAttribute("width", String(Math.abs(now - from)));
    };
    /** @param {PointerEvent} ended */
    const end = (ended) => {
      stop.abort();
      brush.remove();
      const [a = 0, b = 0] = [share(from), share(offset(ended))].sort((one, other) => one - other);
      const days = before[1] - before[0];
      if (brushing && b - a > 0.01) zoomTo([before[0] + a * days, before[0] + b * days]);
    };
    addEventListener("pointermove", move, { signal: stop.signal });
    addEventListener("pointerup", end, { signal: stop.signal });
    addEventListener("pointercancel", () => (stop.abort(), brush.remove()), { signal: stop.signal });
  }
}

/**
 * The data without the pairs that the detector left undecided.
 * @param {ChartData} all
 * @returns {ChartData}
 */
function decided(all) {
  return { ...all, shifts: all.shifts.filter((shift) => shift.status !== "undecided") };
}

/**
 * The days that the address asks for, within the whole.
 * @param {Span} whole
 * @returns {Span}
 */
function askedSpan(whole) {
  const from = dayOf(asked("from"));
  const until = dayOf(asked("until"));
  if (!(from < until)) return whole;
  const shown = /** @type {Span} */ ([Math.max(whole[0], from), Math.min(whole[1], until)]);
  return shown[1] - shown[0] >= SHORTEST ? shown : whole;
}
