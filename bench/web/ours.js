import { createChart } from "/static/frontend/chart/chart.js";

export function draw(data) {
  const wiring = { href: () => "#", opened() {}, moved() {}, painted() {} };
  const wanted = { undecided: true, fidelity: [], grade: "" };
  createChart(document.getElementById("chart"), data, wiring, { span: null, open: "", wanted });
}

export const pan = () => hands().pan();
export const zoom = (share) => hands().zoom(share);
