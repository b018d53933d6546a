// The reactions below a message: emoji, count and people.
const MAX_NAMES = 20; // in the tooltip; the same as in rooms/templatetags/parlor.py
const template = document.getElementById("reaction-template");

/** `reactions` has the wire form. Buttons are reused, so that they keep the focus. */
export function renderReactions(element, reactions, me) {
  const row = element.querySelector(".message-reactions");
  const wanted = new Set(reactions.map(({ emoji }) => emoji));
  const known = new Map();
  for (const item of [...row.children]) {
    const { emoji } = item.firstElementChild.dataset;
    if (wanted.has(emoji)) known.set(emoji, item);
    else item.remove();
  }
  let place = row.firstElementChild;
  for (const reaction of reactions) {
    const item = known.get(reaction.emoji) ?? template.content.firstElementChild.cloneNode(true);
    if (item === place) place = place.nextElementSibling;
    else row.insertBefore(item, place);
    fill(item.firstElementChild, reaction, me);
  }
}

/** The reactions shown at a message, in the wire form. */
export function reactionsOf(element) {
  return [...element.querySelectorAll(".reaction")].map(reactionOf);
}

/** Whether a person is among `people`. */
export function isAmong(people, { user_id }) {
  return people.some((one) => one.user_id === user_id);
}

/** `reactions` after the person has added or removed this emoji. */
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

/** Updates a person's names in a reaction. */
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

function reactionOf({ dataset }) {
  return { emoji: dataset.emoji, people: JSON.parse(dataset.people) };
}

function fill(button, { emoji, people }, me) {
  button.dataset.emoji = emoji;
  button.dataset.people = JSON.stringify(people);
  button.setAttribute("aria-pressed", String(isAmong(people, me)));
  button.title = namesOf(people, me);
  button.querySelector(".reaction-emoji").textContent = emoji;
  button.querySelector(".reaction-count").textContent = people.length;
}

function namesOf(people, me) {
  const names = people.slice(0, MAX_NAMES).map((one) => (one.user_id === me.user_id ? "you" : one.display_name));
  const more = people.length - MAX_NAMES;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
