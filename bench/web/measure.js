/** What bench/web.py asks of a page: draw the points once, then move over them frame by frame. */

const FRAMES = 90;
const frame = () => new Promise(requestAnimationFrame);

/** Milliseconds from the arrival of the points' text to the frame after the one that shows them. */
async function first(library, points) {
  library = await import(`/${library}.js`);
  const text = await (await fetch(`/${points}.json`)).text();
  await frame();
  const began = performance.now();
  library.draw(JSON.parse(text));
  await frame();
  await frame();
  return { drawn: performance.now() - began };
}

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

async function frames(library) {
  library = await import(`/${library}.js`);
  const pulled = library.pan();
  const still = await moving(() => {});
  const pan = await moving(pulled.step);
  pulled.end();
  const zoom = await moving((place) => library.zoom(place < FRAMES / 2 ? 0.97 : 1 / 0.97));
  return { still, pan, zoom };
}

Object.assign(window, { first, frames });
