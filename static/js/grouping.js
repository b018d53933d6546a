// Days, and messages that share one head. rooms/views/conversation.py groups by the same rule.
import { dayName, sameDay } from "./times.js";

const GROUPED_WITHIN = 5 * 60_000; // ms
const LONGEST_RUN = 10; // messages under one head

const places = new WeakMap(); // of messages under their head, which has 0
const repeating = new WeakSet(); // those with a head in the midst of a run

/** Day and head of a message, of the one after it, and of those after that whose place under their head is another now. */
export function arrange(element) {
  let moved = true;
  for (let each = element; each && moved; each = each.nextElementSibling) moved = setHead(each) || each === element;
}

/** Whether the message stands elsewhere under its head than before. */
function setHead(element) {
  const created = new Date(element.dataset.created);
  const before = element.previousElementSibling;
  const beforeCreated = before && new Date(before.dataset.created);
  const newDay = !before || !sameDay(created, beforeCreated);
  const line = element.querySelector(".message-day");
  line.hidden = !newDay;
  line.textContent = dayName(created);
  const continues = Boolean(
    !newDay &&
    !element.querySelector(":scope > .message-new") &&
    before.dataset.userId === element.dataset.userId &&
    (element.dataset.userId || before.dataset.user === element.dataset.user) &&
    before.classList.contains("message-guest") === element.classList.contains("message-guest") &&
    created - beforeCreated < GROUPED_WITHIN,
  );
  const next = continues ? (places.get(before) ?? 0) + 1 : 0;
  // A head in the midst of a run stays where it was once, whatever comes and goes above: nothing moves while one reads.
  const repeats = continues && (next >= LONGEST_RUN || repeating.has(element));
  if (repeats) repeating.add(element);
  else repeating.delete(element);
  element.classList.toggle("message-grouped", continues && !repeats);
  const [place, was] = [repeats ? 0 : next, places.get(element)];
  places.set(element, place);
  return place !== was;
}
