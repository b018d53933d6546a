// Emoji by their names. The names are fetched once, when they are first wanted.
let names = null; // a promise of [emoji, name, ...] each

/** All there are, as [emoji, name, ...]; most devices know the first ones. Empty when the server can't be asked. */
export async function allEmoji() {
  names ??= fetch("/emoji.json").then((response) => (response.ok ? response.json() : Promise.reject(response.status)));
  try {
    return await names;
  } catch {
    names = null; // asked again next time
    return [];
  }
}

/**
 * The best `limit` for what was typed, as [emoji, the name that fits]: whole names first, then beginnings, then
 * beginnings of words, and `within` them.
 */
export async function findEmoji(typed, limit, { within = true } = {}) {
  const worst = within ? WITHIN : OF_A_WORD;
  const wanted = typed.toLowerCase();
  const found = [];
  for (const [emoji, ...each] of await allEmoji()) {
    const ranked = each.map((name) => [rank(name, wanted), name]).sort((one, other) => one[0] - other[0]);
    if (ranked[0][0] <= worst) found.push([ranked[0][0], emoji, ranked[0][1]]);
  }
  found.sort((one, other) => one[0] - other[0] || one[2].length - other[2].length);
  return found.slice(0, limit).map(([, emoji, name]) => [emoji, name]);
}

const [WHOLE, BEGINNING, OF_A_WORD, WITHIN, NO_FIT] = [0, 1, 2, 3, 4];

function rank(name, wanted) {
  if (name === wanted) return WHOLE;
  if (name.startsWith(wanted)) return BEGINNING;
  if (name.includes(`_${wanted}`)) return OF_A_WORD;
  return name.includes(wanted) ? WITHIN : NO_FIT;
}
