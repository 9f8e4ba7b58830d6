import { createChart } from "/static/frontend/chart/chart.js";

const place = document.getElementById("chart");

export function draw(data) {
  const wiring = { href: () => "#", opened() {}, moved() {}, painted() {} };
  createChart(place, data, wiring, { span: null, open: "", undecided: true });
}

export function zoom(share) {
  const { left, width, top } = place.getBoundingClientRect();
  const wheel = { deltaY: 100 * Math.log(share), ctrlKey: true, bubbles: true, cancelable: true };
  place.dispatchEvent(new WheelEvent("wheel", { ...wheel, clientX: left + width / 2, clientY: top }));
}

export function pan() {
  const box = place.querySelector(".ground").getBoundingClientRect();
  let x = box.left + box.width * 0.8;
  const point = (name, target) =>
    target.dispatchEvent(
      new PointerEvent(name, { pointerId: 1, button: 0, buttons: 1, clientX: x, clientY: box.top + 40, bubbles: true }),
    );
  point("pointerdown", place.querySelector(".ground"));
  return { step: () => ((x -= 2), point("pointermove", window)), end: () => point("pointerup", window) };
}
