const place = document.getElementById("chart");
let chart;
let [start, end] = [0, 100];

export function draw(data) {
  chart = echarts.init(place, null, { width: place.clientWidth, height: 460 });
  const points = data.utterances.map((one) => [Date.parse(one.earliest), one.value ?? -12]);
  chart.setOption({
    animation: false,
    xAxis: { type: "time" },
    yAxis: { min: -12, max: 10 },
    dataZoom: [{ type: "inside" }],
    series: [{ type: "scatter", large: true, symbolSize: 8, data: points }],
  });
}

const show = () => chart.dispatchAction({ type: "dataZoom", start, end });

export function zoom(share) {
  const half = ((end - start) / 2) * share;
  [start, end] = [50 - half, 50 + half];
  show();
}

export function pan() {
  return { step: () => ((start += 0.1), (end += 0.1), show()), end() {} };
}
