// Day separators, and consecutive messages that share one header. rooms/views/conversation.py groups by the same rule.
import { dayName, sameDay } from "./times.js";

const MAX_GAP = 5 * 60_000; // ms between two messages of a group
const MAX_GROUP_SIZE = 10; // messages under one header

const places = new WeakMap(); // message element -> position in its group; the one with the header has 0
const repeating = new WeakSet(); // messages that repeat the header within a long run

/**
 * Sets day and header of a message, of the next one, and of those after it whose position in the group changes.
 *
 * @param {HTMLElement} element
 */
export function arrange(element) {
  let moved = true;
  for (let each = /** @type {HTMLElement | null} */ (element); each && moved; each = each.nextElementSibling)
    moved = setHeader(each) || each === element;
}

/**
 * Sets day and header of one message; returns whether its position in the group has changed.
 *
 * @param {HTMLElement} element
 */
function setHeader(element) {
  const created = new Date(element.dataset.created);
  const before = element.previousElementSibling;
  const beforeCreated = before && new Date(before.dataset.created);
  const newDay = !beforeCreated || !sameDay(created, beforeCreated);
  const line = element.querySelector(".message-day");
  line.hidden = !newDay;
  line.textContent = dayName(created);
  const continues = Boolean(
    before &&
    beforeCreated &&
    !newDay &&
    !element.querySelector(":scope > .message-new") &&
    before.dataset.userId === element.dataset.userId &&
    (element.dataset.userId || before.dataset.user === element.dataset.user) &&
    before.classList.contains("message-guest") === element.classList.contains("message-guest") &&
    created.getTime() - beforeCreated.getTime() < MAX_GAP,
  );
  const next = before && continues ? (places.get(before) ?? 0) + 1 : 0;
  // A repeated header stays where it is, whatever changes above: nothing may move while the user reads.
  const repeats = continues && (next >= MAX_GROUP_SIZE || repeating.has(element));
  if (repeats) repeating.add(element);
  else repeating.delete(element);
  element.classList.toggle("message-grouped", continues && !repeats);
  const [place, was] = [repeats ? 0 : next, places.get(element)];
  places.set(element, place);
  return place !== was;
}
