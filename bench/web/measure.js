/** What bench/web.py asks of its own page: draw the points once, then move over them. */

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

async function frames(library) {
  return timesOf(await import(`/${library}.js`));
}

Object.assign(window, { first, frames });
