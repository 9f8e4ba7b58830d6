/** The page of one stance: the chart, the panel beside it, the address, the table below. */

import { address, allAsked, asked } from "./address.js";
import { createChart } from "./chart/chart.js";
import { dayOf, isoOf } from "./chart/days.js";
import { createPanel, partAt } from "./panel.js";

/** @import { ChartData, Geometry, Span, Wanted } from "./chart/types.js" */

const NARROW = matchMedia("(max-width: 61.99rem)");
const SETTLED = 250; // milliseconds: browsers refuse an address for each frame

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
  const panel = createPanel(side, desk);
  let open = asked("open");
  let settling = 0;
  let asking = new AbortController();
  const filters = /** @type {HTMLFormElement} */ (byId("shown"));

  /** @type {HTMLElement} */ (place.closest("[hidden]") ?? place).hidden = false;
  const chart = createChart(
    place,
    data,
    { href: (key) => address({ open: key }), opened: openItem, moved, painted },
    { span: askedSpan(), open, wanted: wanted() },
  );
  press();
  filters.addEventListener("change", narrow);
  filters.querySelector("button")?.remove();
  for (const node of document.querySelectorAll(".scripted")) node.removeAttribute("hidden");
  document.addEventListener("click", followed);
  byId("undecided").addEventListener("click", toggleUndecided);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeItem();
  });
  addEventListener("popstate", returned);

  /** @param {Span | null} span */
  function moved(span) {
    clearTimeout(settling);
    settling = window.setTimeout(() => {
      const shown = { from: span ? isoOf(span[0]) : "", until: span ? isoOf(span[1]) : "" };
      history.replaceState(null, "", address(shown));
    }, SETTLED);
  }

  /** @param {Geometry} geometry */
  function painted({ level, shown }) {
    const note = byId("chart-note");
    note.hidden = !level;
    if (level) byId("chart-shown").textContent = shown.toLocaleString("en");
  }

  /** Show what the filters ask for: in the chart at once, in the table when it has come. */
  async function narrow() {
    const chosen = new FormData(filters);
    const fidelity = chosen.getAll("fidelity").map(String);
    const url = address({ fidelity, grade: String(chosen.get("grade")), rows: "" });
    history.replaceState(null, "", url);
    chart.show(wanted());
    asking.abort();
    asking = new AbortController();
    const table = await partAt(url, "rows", asking.signal);
    if (table) byId("rows").replaceWith(table);
  }

  /** @param {string} key */
  async function show(key) {
    mark(key);
    const found = await panel.show(address({ open: key }));
    if (!found) return;
    found.focus({ preventScroll: !NARROW.matches });
    if (NARROW.matches) found.scrollIntoView({ block: "start" });
  }

  /**
   * @param {string} key
   * @param {boolean} [back]
   */
  function mark(key, back) {
    open = key;
    for (const row of document.querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    if (key) document.getElementById(key)?.setAttribute("aria-current", "true");
    chart.open(key, back);
  }

  /** @param {string} key */
  function openItem(key) {
    history.pushState(null, "", address({ open: key }));
    void show(key);
  }

  function closeItem() {
    if (!open) return;
    history.pushState(null, "", address({ open: "" }));
    panel.close();
    mark("", true);
  }

  function toggleUndecided() {
    history.replaceState(null, "", address({ undecided: wanted().undecided ? "no" : "" }));
    press();
    chart.show(wanted());
  }

  function press() {
    byId("undecided").setAttribute("aria-pressed", String(wanted().undecided));
  }

  function returned() {
    chart.look(askedSpan());
    const key = asked("open");
    if (key) return void show(key);
    panel.close();
    mark("");
  }

  /**
   * The links of the table and the panel's own, and the buttons of the chart.
   * @param {MouseEvent} event
   */
  function followed(event) {
    const target = /** @type {Element} */ (event.target);
    const zoom = target.closest("[data-zoom]")?.getAttribute("data-zoom");
    if (zoom) return zoom === "all" ? chart.all() : chart.zoomBy(zoom === "in" ? 0.5 : 2);
    const kind = target.closest("[data-save]")?.getAttribute("data-save");
    if (kind) return void save(kind);
    const file = target.closest(".export a");
    if (file instanceof HTMLAnchorElement) file.search = fileOf(file.search);
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    const key = target.closest("[data-open]")?.getAttribute("data-open");
    const closes = target.closest(".panel .close");
    if (!key && !closes) return;
    event.preventDefault();
    if (key) openItem(key);
    else closeItem();
  }

  /** @param {string} kind */
  async function save(kind) {
    const { savePicture } = await import("./chart/save.js");
    await savePicture(chart.picture(), place, kind, document.title);
  }
}

/**
 * The query of a file: that of the page as it stands at present, in the file's format.
 * @param {string} search
 */
function fileOf(search) {
  const format = new URLSearchParams(search).get("format") ?? "";
  return new URL(address({ format, open: "", rows: "" })).search;
}

/**
 * What the address asks to be shown.
 * @returns {Wanted}
 */
function wanted() {
  return { undecided: asked("undecided") !== "no", fidelity: allAsked("fidelity"), grade: asked("grade") };
}

/**
 * The days that the address asks for; null for all.
 * @returns {Span | null}
 */
function askedSpan() {
  const from = dayOf(asked("from"));
  const until = dayOf(asked("until"));
  return from < until ? [from, until] : null;
}
