/**
 * Follows the fetching or the reading of a document, and shows the page anew when it is done.
 */

const PAUSE = 1000; // milliseconds between two questions
const LONG = 30; // questions after which the page says that this takes long

const notice = document.getElementById("progress");
if (notice) void follow(notice, notice.dataset["state"] ?? "");

/**
 * @param {HTMLElement} notice
 * @param {string} url
 */
async function follow(notice, url) {
  for (let asked = 1; ; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const state = await stateAt(url);
    if (state && state !== "waiting") return location.reload();
    if (!state) notice.textContent = "The server does not answer at present; still trying.";
    else if (asked > LONG) notice.textContent = "Still waiting. Is the worker running?";
  }
}

/**
 * The state of the document, or null where the server does not answer.
 * @param {string} url
 * @returns {Promise<string | null>}
 */
async function stateAt(url) {
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    return response.ok ? (await response.json()).state : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
