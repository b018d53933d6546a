// How well a typed text matches a name, tolerating a typo.

/**
 * Returns 0 for the name itself, 1 if it begins with the text, 2 if one of its words does, 3 if it contains the text, 4
 * if its beginning does with one typo, 5 if the letters occur in this order, else Infinity.
 *
 * @param {string} text
 * @param {string} name
 */
export function matchRank(text, name) {
  const wanted = fold(text);
  const given = fold(name);
  if (given === wanted) return 0;
  if (given.startsWith(wanted)) return 1;
  if (given.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted))) return 2;
  if (given.includes(wanted)) return 3;
  if (wanted.length > 2 && [-1, 0, 1].some((more) => differByOne(wanted, given.slice(0, wanted.length + more))))
    return 4;
  if (wanted.length > 1 && isSubsequence(wanted, given)) return 5;
  return Infinity;
}

/** @param {string} text */
function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/^[#@]/, "");
}

/**
 * Whether one letter was added, left out or replaced, or two were exchanged.
 *
 * @param {string} one
 * @param {string} other
 */
function differByOne(one, other) {
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const [restOfOne, restOfOther] = [one.slice(start), other.slice(start)];
  return (
    restOfOne.slice(1) === restOfOther ||
    restOfOne === restOfOther.slice(1) ||
    restOfOne.slice(1) === restOfOther.slice(1) ||
    (restOfOne.slice(2) === restOfOther.slice(2) && restOfOne[0] === restOfOther[1] && restOfOne[1] === restOfOther[0])
  );
}

/**
 * @param {string} wanted
 * @param {string} given
 */
function isSubsequence(wanted, given) {
  let at = 0;
  for (const letter of wanted) {
    at = given.indexOf(letter, at) + 1;
    if (!at) return false;
  }
  return true;
}
