/**
 * Sends the form without leaving the page, so that an error or a preview loses nothing: not even
 * the chosen file, which browsers forget when a page comes back.
 */

const form = document.getElementById("add");
if (form instanceof HTMLFormElement) form.addEventListener("submit", (event) => void send(event, form));

/**
 * @param {SubmitEvent} event
 * @param {HTMLFormElement} form
 */
async function send(event, form) {
  event.preventDefault();
  const button = event.submitter;
  const body = new FormData(form, button);
  button?.toggleAttribute("disabled", true);
  try {
    const response = await fetch(form.action, { method: "POST", body });
    if (response.redirected) return location.assign(response.url);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    showPreview(page);
    if (response.ok) showErrors(form, page, "");
    else if (page.getElementById("add"))
      showErrors(form, page, "Nothing was stored yet: see the marked fields below.");
    else say(form, `The server answered ${response.status}. Nothing was stored.`);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    say(form, "The server cannot be reached. Nothing was lost: try again.");
  } finally {
    button?.toggleAttribute("disabled", false);
  }
}

/**
 * Take over what the answered page would read of the document, or nothing.
 * @param {Document} page
 */
function showPreview(page) {
  const place = document.getElementById("preview");
  if (!place) return;
  const seen = [...(page.getElementById("preview")?.childNodes ?? [])];
  place.replaceChildren(...seen.map((node) => document.importNode(node, true)));
  if (place.firstElementChild) place.focus();
}

/**
 * Take over the errors of the answered page, field by field, and leave the fields as they are.
 * @param {HTMLFormElement} form
 * @param {Document} page
 * @param {string} words what to say of it all
 */
function showErrors(form, page, words) {
  for (const field of form.querySelectorAll(".field")) {
    const id = field.querySelector("[name]")?.id ?? "";
    const list = page.getElementById(id)?.closest(".field")?.querySelector(".errorlist");
    field.querySelector(".errorlist")?.remove();
    field.classList.toggle("wrong", Boolean(list));
    if (list) field.append(document.importNode(list, true));
  }
  const first = form.querySelector(".field.wrong [name]");
  say(form, words);
  if (first instanceof HTMLElement) first.focus();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} words
 */
function say(form, words) {
  const problem = form.querySelector("#add-problem");
  if (!(problem instanceof HTMLElement)) return;
  problem.textContent = words;
  problem.hidden = !words;
}
