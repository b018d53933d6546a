// Initials and colour from a name, exactly as rooms/templatetags/parlor.py makes them.
const COLOURS = 12;

export function initials(name) {
  const words = name.split(/[ ._-]+/u).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
}

export function colourClass(userName) {
  let number = 0;
  for (const letter of userName) number = (Math.imul(number, 31) + letter.codePointAt(0)) >>> 0;
  return `avatar-${number % COLOURS}`;
}
