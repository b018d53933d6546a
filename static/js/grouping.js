// Days, and messages that share one head. rooms/views/conversation.py groups by the same rule.
import { dayName, sameDay } from "./times.js";

const GROUPED_WITHIN = 5 * 60_000; // ms

/** Day and head of a message and of the one after it. */
export function arrange(element) {
  setHead(element);
  if (element.nextElementSibling) setHead(element.nextElementSibling);
}

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
    before.dataset.userId === element.dataset.userId &&
    (element.dataset.userId || before.dataset.user === element.dataset.user) &&
    before.classList.contains("message-guest") === element.classList.contains("message-guest") &&
    created - beforeCreated < GROUPED_WITHIN,
  );
  element.classList.toggle("message-grouped", continues);
}
