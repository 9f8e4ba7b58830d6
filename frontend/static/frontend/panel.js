/**
 * The panel beside the timeline. The server renders it, with and without scripts: this module
 * only puts the part of that page which belongs here into this one.
 */

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} desk
 */
export function createPanel(place, desk) {
  let asking = new AbortController();

  /**
   * Show the panel of the page at an address; resolves to it, or to null where it has none.
   * @param {string} url
   */
  async function show(url) {
    asking.abort();
    asking = new AbortController();
    const found = await partAt(url, "panel", asking.signal);
    if (found === undefined) return null;
    place.replaceChildren(found ?? failure(url));
    desk.classList.add("opened");
    return found;
  }

  function close() {
    asking.abort();
    place.replaceChildren();
    desk.classList.remove("opened");
  }

  return { show, close };
}

/**
 * An element of the page at an address, by its id; null where there is none, undefined where
 * another was asked for meanwhile.
 * @param {string} url
 * @param {string} id
 * @param {AbortSignal} signal
 */
export async function partAt(url, id, signal) {
  try {
    const response = await fetch(url, { signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = page.getElementById(id);
    return found && document.importNode(found, true);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    if (error instanceof TypeError) return null; // no connection
    throw error;
  }
}

/** @param {string} url */
function failure(url) {
  const words = document.createElement("p");
  words.className = "warning";
  const link = document.createElement("a");
  link.href = url;
  link.textContent = "Open it as a page";
  words.append("This could not be fetched. ", link, ".");
  return words;
}
