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
 * All values of a parameter of the present address.
 * @param {string} name
 */
export function allAsked(name) {
  return new URLSearchParams(location.search).getAll(name);
}

/**
 * The present address with some parameters changed; empty ones are left out.
 * @param {Record<string, string | string[]>} changes
 */
export function address(changes) {
  const url = new URL(location.href);
  url.hash = "";
  for (const [name, values] of Object.entries(changes)) {
    url.searchParams.delete(name);
    for (const value of [values].flat()) if (value) url.searchParams.append(name, value);
  }
  return url.href;
}
