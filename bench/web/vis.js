const place = document.getElementById("chart");
let timeline;

export function draw(data) {
  const items = data.utterances.map(({ id, earliest, value }) => ({ id, start: earliest, type: "point", content: String(value) }));
  timeline = new vis.Timeline(place, new vis.DataSet(items), { height: 460, stack: false });
}

const move = (share, by) => {
  const { start, end } = timeline.getWindow();
  const [middle, half] = [(+start + +end) / 2 + by * (end - start), ((end - start) / 2) * share];
  timeline.setWindow(middle - half, middle + half, { animation: false });
};

export const zoom = (share) => move(share, 0);

export function pan() {
  return { step: () => move(1, 0.001), end() {} };
}
