// Finds emoji by name. The names are fetched once, when they are first needed.
/** @type {Promise<string[][]> | null} */
let names = null; // promise of a list of [emoji, name, ...]

/** All emoji as [emoji, name, ...], the most widely supported first; empty if the request failed. */
export async function allEmoji() {
  names ??= fetch("/emoji.json").then((response) => (response.ok ? response.json() : Promise.reject(response.status)));
  try {
    return await names;
  } catch {
    names = null; // fetch them again next time
    return [];
  }
}

/**
 * The best `limit` matches for the typed text, as [emoji, matching name]: whole names first, then names that begin with
 * it, names with a word that begins with it, and, with `within`, names that contain it.
 *
 * @param {string} typed
 * @param {number} limit
 * @param {{ within?: boolean }} options
 */
export async function findEmoji(typed, limit, { within = true } = {}) {
  const worst = within ? WITHIN : OF_A_WORD;
  const wanted = typed.toLowerCase();
  /** @type {[number, string, string][]} */
  const found = [];
  for (const [emoji, ...each] of await allEmoji()) {
    const ranked = each
      .map((name) => /** @type {[number, string]} */ ([rank(name, wanted), name]))
      .sort((one, other) => one[0] - other[0]);
    if (ranked[0][0] <= worst) found.push([ranked[0][0], emoji, ranked[0][1]]);
  }
  found.sort((one, other) => one[0] - other[0] || one[2].length - other[2].length);
  return found.slice(0, limit).map(([, emoji, name]) => [emoji, name]);
}

const [WHOLE, BEGINNING, OF_A_WORD, WITHIN, NO_FIT] = [0, 1, 2, 3, 4];

/**
 * @param {string} name
 * @param {string} wanted
 */
function rank(name, wanted) {
  if (name === wanted) return WHOLE;
  if (name.startsWith(wanted)) return BEGINNING;
  if (name.includes(`_${wanted}`)) return OF_A_WORD;
  return name.includes(wanted) ? WITHIN : NO_FIT;
}
