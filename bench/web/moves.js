/** How bench/web.py moves a view and times it: in its own page, and in the page of the service. */

const FRAMES = 90;
const frame = () => new Promise(requestAnimationFrame);

/** Milliseconds between frames, while each frame moves the view a little. */
async function moving(step) {
  const times = [];
  let before = await frame();
  for (let place = 0; place < FRAMES; place += 1) {
    step(place);
    const now = await frame();
    times.push(now - before);
    before = now;
  }
  return times;
}

/** The times of a chart that stands still, is pulled along, is zoomed in and out again. */
async function timesOf({ pan, zoom }) {
  const still = await moving(() => {});
  const pulled = pan();
  const panned = await moving(pulled.step);
  pulled.end();
  const zoomed = await moving((place) => zoom(place < FRAMES / 2 ? 0.97 : 1 / 0.97));
  return { still, pan: panned, zoom: zoomed };
}

/** The hands of a reader on our chart: a drag, and the wheel with Ctrl. */
function hands() {
  const place = document.getElementById("chart");
  return {
    pan() {
      const box = place.querySelector(".ground").getBoundingClientRect();
      let x = box.left + box.width * 0.8;
      const point = (name, target) =>
        target.dispatchEvent(
          new PointerEvent(name, { pointerId: 1, button: 0, buttons: 1, clientX: x, clientY: box.top + 40, bubbles: true }),
        );
      point("pointerdown", place.querySelector(".ground"));
      return { step: () => ((x -= 2), point("pointermove", window)), end: () => point("pointerup", window) };
    },
    zoom(share) {
      const { left, width, top } = place.getBoundingClientRect();
      const wheel = { deltaY: 100 * Math.log(share), ctrlKey: true, bubbles: true, cancelable: true };
      place.dispatchEvent(new WheelEvent("wheel", { ...wheel, clientX: left + width / 2, clientY: top }));
    },
  };
}

/** In the page of the service: note when the data's text is there, and when it has been drawn. */
function watch() {
  Response.prototype.json = async function () {
    const text = await this.text();
    window.arrived = performance.now();
    return JSON.parse(text);
  };
  new MutationObserver(async () => {
    if (window.begun || !document.querySelector("#chart canvas")) return;
    window.begun = true;
    await frame();
    await frame();
    document.documentElement.dataset.drawn = String(performance.now() - window.arrived);
  }).observe(document, { subtree: true, childList: true });
}
