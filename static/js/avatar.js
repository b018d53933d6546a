// Renders a person's picture, or their initials on a colour, exactly as templates/rooms/_avatar.html does.
/** @import { Person } from "./wire.js" */
const COLOURS = 12;

/** @param {string} name */
export function initials(name) {
  const words = name.split(/[ ._-]+/u).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0])
    .join("")
    .toUpperCase();
}

/**
 * The colour follows the account id; for guests and deleted accounts, the name.
 *
 * @param {Pick<Person, "user_id" | "user_name">} person
 */
export function colourClass({ user_id, user_name }) {
  if (user_id) return `avatar-${user_id % COLOURS}`;
  let number = 0;
  for (const letter of user_name) number = (Math.imul(number, 31) + Number(letter.codePointAt(0))) >>> 0;
  return `avatar-${number % COLOURS}`;
}

/**
 * Turns `element` into the person's avatar. Classes other than the colour are kept.
 *
 * @param {HTMLElement} element
 * @param {Person} person
 */
export function showAvatar(element, { user_id, user_name, display_name, avatar }) {
  const colours = [...element.classList].filter((name) => /^avatar-\d/.test(name));
  element.classList.remove(...colours);
  element.classList.add(colourClass({ user_id, user_name }));
  if (!avatar) {
    element.textContent = initials(display_name);
    return;
  }
  const picture = document.createElement("img");
  // `loading` must be set before `src`.
  const attributes = { loading: "lazy", src: avatar, alt: "", width: 36, height: 36 };
  for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, String(value));
  element.replaceChildren(picture);
}
