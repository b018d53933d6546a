// The emoji under a message: which, how many, and who.
const NAMED = 20; // people in the title; rooms/templatetags/parlor.py names as many
const template = document.getElementById("reaction-template");

/** `reactions` is a message's, from the wire. A button stays the same element, so that it keeps the focus. */
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

/** The reactions that an element shows, as on the wire. */
export function reactionsOf(element) {
  return [...element.querySelectorAll(".reaction")].map(reactionOf);
}

/** Whether somebody is among those who reacted. */
export function isAmong(people, { user_id }) {
  return people.some((one) => one.user_id === user_id);
}

/** `reactions` after that person added this emoji, or took it back. */
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

/** Somebody is called something else now. */
export function renameReacting(button, person, me) {
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
  button.title = named(people, me);
  button.querySelector(".reaction-emoji").textContent = emoji;
  button.querySelector(".reaction-count").textContent = people.length;
}

function named(people, me) {
  const names = people.slice(0, NAMED).map((one) => (one.user_id === me.user_id ? "you" : one.display_name));
  const more = people.length - NAMED;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
