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

/** The best `limit` for what was typed, as [emoji, the name that fits]: whole names first, then beginnings, then words. */
export async function findEmoji(typed, limit) {
  const wanted = typed.toLowerCase();
  const found = [];
  for (const [emoji, ...each] of await allEmoji()) {
    const ranked = each.map((name) => [rank(name, wanted), name]).sort((one, other) => one[0] - other[0]);
    if (ranked[0][0] < NO_FIT) found.push([ranked[0][0], emoji, ranked[0][1]]);
  }
  found.sort((one, other) => one[0] - other[0] || one[2].length - other[2].length);
  return found.slice(0, limit).map(([, emoji, name]) => [emoji, name]);
}

const NO_FIT = 4;

function rank(name, wanted) {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (name.includes(`_${wanted}`)) return 2;
  return name.includes(wanted) ? 3 : NO_FIT;
}
