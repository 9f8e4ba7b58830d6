/**
 * The address is the state: which item is open, which days are shown. Any view can be sent on.
 */

/**
 * The value of a parameter of the present address, empty where it is not there.
 * @param {string} name
 */
export function asked(name) {
  return new URLSearchParams(location.search).get(name) ?? "";
}

/**
 * The present address with some parameters changed; empty ones are left out.
 * @param {Record<string, string>} changes
 */
export function address(changes) {
  const url = new URL(location.href);
  url.hash = "";
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  return url.href;
}
