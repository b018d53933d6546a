// The reactions below a message: emoji, count and people.
import { gettext, interpolate, ngettext } from "./i18n.js";
/** @import { Me } from "./message.js" */
/** @import { Person, Reaction } from "./wire.js" */
const MAX_NAMES = 20; // in the tooltip; the same as in rooms/templatetags/parlor.py
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("reaction-template"));

/**
 * `reactions` has the wire form. Buttons are reused, so that they keep the focus.
 *
 * @param {HTMLElement} element
 * @param {Reaction[]} reactions
 * @param {Me} me
 */
export function renderReactions(element, reactions, me) {
  const row = element.querySelector(".message-reactions");
  const wanted = new Set(reactions.map(({ emoji }) => emoji));
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  for (const item of [...row.children]) {
    const { emoji } = item.querySelector("button").dataset;
    if (wanted.has(emoji)) known.set(emoji, item);
    else item.remove();
  }
  let place = row.firstElementChild;
  for (const reaction of reactions) {
    const item = known.get(reaction.emoji) ?? template.content.firstElementChild.cloneNode(true);
    if (place && item === place) place = place.nextElementSibling;
    else row.insertBefore(item, place);
    fill(item.querySelector("button"), reaction, me);
  }
}

/**
 * The reactions shown at a message, in the wire form.
 *
 * @param {HTMLElement} element
 */
export function reactionsOf(element) {
  return [...element.querySelectorAll(".reaction")].map(reactionOf);
}

/**
 * Whether a person is among `people`.
 *
 * @param {Person[]} people
 * @param {Pick<Person, "user_id">} person
 */
export function isAmong(people, { user_id }) {
  return people.some((one) => one.user_id === user_id);
}

/**
 * `reactions` after the person has added or removed this emoji.
 *
 * @param {Reaction[]} reactions
 * @param {string} emoji
 * @param {Me} person
 */
export function toggled(reactions, emoji, { user_id, user_name, display_name }) {
  const me = { user_id, user_name, display_name };
  const before = reactions.find((reaction) => reaction.emoji === emoji);
  if (!before) return [...reactions, { emoji, people: [me] }];
  const others = before.people.filter((one) => one.user_id !== user_id);
  const after = isAmong(before.people, me) ? others : [...others, me];
  return reactions
    .map((reaction) => (reaction === before ? { emoji, people: after } : reaction))
    .filter((reaction) => reaction.people.length);
}

/**
 * Updates a person's names in a reaction.
 *
 * @param {HTMLElement} button
 * @param {Person} person
 * @param {Me} me
 */
export function renamePerson(button, person, me) {
  const { emoji, people } = reactionOf(button);
  const { user_id, user_name, display_name } = person;
  if (!isAmong(people, person)) return;
  fill(
    button,
    { emoji, people: people.map((one) => (one.user_id === user_id ? { user_id, user_name, display_name } : one)) },
    me,
  );
}

/**
 * @param {HTMLElement} button
 * @returns {Reaction}
 */
function reactionOf({ dataset }) {
  return { emoji: dataset.emoji, people: JSON.parse(dataset.people) };
}

/**
 * @param {HTMLElement} button
 * @param {{ emoji: string, people: Person[] }} options
 * @param {Me} me
 */
function fill(button, { emoji, people }, me) {
  button.dataset.emoji = emoji;
  button.dataset.people = JSON.stringify(people);
  button.setAttribute("aria-pressed", String(isAmong(people, me)));
  button.title = namesOf(people, me);
  button.querySelector(".reaction-emoji").textContent = emoji;
  button.querySelector(".reaction-count").textContent = String(people.length);
}

/**
 * @param {Person[]} people
 * @param {Me} me
 */
function namesOf(people, me) {
  const names = people
    .slice(0, MAX_NAMES)
    .map((one) => (one.user_id === me.user_id ? gettext("you") : one.display_name));
  const count = people.length - MAX_NAMES;
  // Translators: between names in a list
  const list = names.join(gettext(", "));
  if (count <= 0) return list;
  return interpolate(ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", count), {
    names: list,
    count,
  });
}
