// The list of messages: each in its place by `seq`, one's own unsent ones at the end.
import { renderFailure, renderMessage, renderPending } from "./message.js";
import { dayName, sameDay, showTime } from "./times.js";

const GROUPED_WITHIN = 5 * 60_000; // ms; rooms/views/conversation.py groups by the same rule
const KEPT = 300; // messages in the page while the reader is at the bottom

export class MessageList {
  #log;
  #me;
  #bySeq = new Map();
  #pending = new Map(); // client_id -> element

  constructor(log, me) {
    this.#log = log;
    this.#me = me;
    for (const element of log.children) {
      this.#bySeq.set(Number(element.dataset.seq), element);
      showTime(element.querySelector(".message-time"), new Date(element.dataset.created));
      this.#arrange(element);
    }
  }

  get oldestSeq() {
    return Number(this.#log.querySelector("[data-seq]")?.dataset.seq ?? 0);
  }

  get isEmpty() {
    return !this.#log.firstElementChild;
  }

  /** One's own newest message that can still be changed, or undefined. */
  get latestOwn() {
    return [...this.#log.querySelectorAll(".message-own[data-seq]:not(.message-deleted, .message-pending)")].at(-1);
  }

  /** Put a message where it belongs. False when it is no news: known already, or older than what the page holds. */
  put(wire, { history }) {
    const own = wire.user_name === this.#me.user_name && !wire.guest;
    let element = this.#bySeq.get(wire.seq);
    if (element && !element.classList.contains("message-pending")) {
      if (Number(element.dataset.version) < wire.version) this.#arrange(renderMessage(wire, own, element));
      return false;
    }
    if (!element && !history && wire.seq < this.oldestSeq) return false;
    element = renderMessage(wire, own, element ?? (own ? this.#pending.get(wire.client_id) : undefined));
    if (own) this.#pending.delete(wire.client_id);
    this.#place(element, wire.seq);
    return true;
  }

  addPending(item) {
    if (this.#pending.has(item.client_id)) return;
    const element = renderPending(item, this.#me);
    this.#pending.set(item.client_id, element);
    this.#log.append(element);
    this.#arrange(element);
  }

  /** The server has it, as its `seq`: it stands in its place until the message itself comes. */
  acknowledge(clientId, seq) {
    const element = this.#pending.get(clientId);
    if (!element) return;
    if (this.#bySeq.has(seq)) return this.dropPending(clientId);
    element.dataset.seq = seq;
    element.dataset.version = 0;
    this.#place(element, seq);
  }

  fail(clientId, sentence) {
    const element = this.#pending.get(clientId);
    if (element) renderFailure(element, sentence);
  }

  retryPending(clientId) {
    const element = this.#pending.get(clientId);
    element?.classList.remove("message-failed");
    element?.querySelector(".message-failure")?.remove();
  }

  dropPending(clientId) {
    const element = this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (element) this.#remove(element);
  }

  /** Start over; what was not sent yet stays. */
  clear() {
    for (const element of this.#bySeq.values()) element.remove();
    this.#bySeq.clear();
    if (this.#log.firstElementChild) this.#arrange(this.#log.firstElementChild);
  }

  /** Let go of the oldest beyond what a page should hold; they come back on scrolling up. */
  trim() {
    while (this.#log.childElementCount > KEPT && this.#log.firstElementChild.dataset.seq) {
      const oldest = this.#log.firstElementChild;
      this.#bySeq.delete(Number(oldest.dataset.seq));
      this.#remove(oldest);
    }
  }

  #place(element, seq) {
    const leftBehind = element.isConnected ? element.nextElementSibling : null;
    let after = this.#log.lastElementChild;
    while (after && (after === element || !after.dataset.seq || Number(after.dataset.seq) > seq)) {
      after = after.previousElementSibling;
    }
    const next = after ? after.nextElementSibling : this.#log.firstElementChild;
    if (next !== element) this.#log.insertBefore(element, next);
    this.#bySeq.set(seq, element);
    this.#arrange(element);
    if (leftBehind?.isConnected) this.#arrange(leftBehind);
  }

  #remove(element) {
    const next = element.nextElementSibling;
    element.remove();
    if (next) this.#arrange(next);
  }

  /** Day and grouping of a message and of the one after it. */
  #arrange(element) {
    this.#setHead(element);
    if (element.nextElementSibling) this.#setHead(element.nextElementSibling);
  }

  #setHead(element) {
    const created = new Date(element.dataset.created);
    const before = element.previousElementSibling;
    const beforeCreated = before && new Date(before.dataset.created);
    const newDay = !before || !sameDay(created, beforeCreated);
    const line = element.querySelector(".message-day");
    line.hidden = !newDay;
    line.textContent = dayName(created);
    const continues =
      !newDay &&
      before.dataset.user === element.dataset.user &&
      before.classList.contains("message-guest") === element.classList.contains("message-guest") &&
      created - beforeCreated < GROUPED_WITHIN;
    element.classList.toggle("message-grouped", continues);
  }
}
