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
  return [...element.querySelectorAll(".reaction")].map(({ dataset }) => ({
    emoji: dataset.emoji,
    user_names: dataset.users.split(" "),
  }));
}

/** `reactions` after that person added this emoji, or took it back. */
export function toggled(reactions, emoji, userName) {
  const before = reactions.find((reaction) => reaction.emoji === emoji);
  if (!before) return [...reactions, { emoji, user_names: [userName] }];
  const others = before.user_names.filter((name) => name !== userName);
  const after = others.length < before.user_names.length ? others : [...others, userName];
  return reactions
    .map((reaction) => (reaction === before ? { emoji, user_names: after } : reaction))
    .filter((reaction) => reaction.user_names.length);
}

function fill(button, { emoji, user_names }, me) {
  button.dataset.emoji = emoji;
  button.dataset.users = user_names.join(" ");
  button.setAttribute("aria-pressed", String(user_names.includes(me.user_name)));
  button.title = people(user_names, me.user_name);
  button.querySelector(".reaction-emoji").textContent = emoji;
  button.querySelector(".reaction-count").textContent = user_names.length;
}

function people(userNames, me) {
  const names = userNames.slice(0, NAMED).map((name) => (name === me ? "you" : name));
  const more = userNames.length - NAMED;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
