// The messages in the page: each in its place by `seq`, one's own unsent ones at the end.
import { arrange } from "./grouping.js";
import { dressBody, isOwn, renderFailure, renderMessage, renderPending, renderPendingText } from "./message.js";
import { updateQuotes } from "./quotes.js";
import { sameDay, showTime, untilMidnight } from "./times.js";

const LOOK_AT_DAYS = 60_000; // ms

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
      dressBody(element);
      arrange(element);
    }
    this.#renewDays();
  }

  /** 0 when there is none; what is not sent yet has no seq. */
  get oldestSeq() {
    return Number(this.#log.querySelector(":scope > [data-seq]")?.dataset.seq ?? 0);
  }

  get newestSeq() {
    let element = this.#log.lastElementChild;
    while (element && !element.dataset.seq) element = element.previousElementSibling;
    return Number(element?.dataset.seq ?? 0);
  }

  get size() {
    return this.#log.childElementCount;
  }

  /** The element of the message with that seq, or undefined. */
  get(seq) {
    return this.#bySeq.get(seq);
  }

  /** The first message above `seq` that can be unread: another's, not deleted. Undefined when those from there on are not in the page. */
  firstOfOthersAfter(seq) {
    let element = this.#bySeq.get(seq + 1);
    while (element?.matches(".message-own, .message-deleted")) element = element.nextElementSibling;
    return element ?? undefined;
  }

  /** The element of one's own newest message that is not deleted, sent or on its way, or undefined. */
  get latestOwn() {
    return [...this.#log.querySelectorAll(":scope > .message-own:not(.message-deleted)")].at(-1);
  }

  /** Put a message where it belongs, or bring the one that stands there up to date. */
  put(wire) {
    const own = isOwn(wire, this.#me);
    let element = this.#bySeq.get(wire.seq);
    if (element && !element.classList.contains("message-pending")) {
      if (Number(element.dataset.version) >= wire.version) return;
      arrange(renderMessage(wire, this.#me, element));
      return;
    }
    element = renderMessage(wire, this.#me, element ?? (own ? this.#pending.get(wire.client_id) : undefined));
    if (own) this.#pending.delete(wire.client_id);
    this.#place(element, wire.seq);
  }

  /** Show what a message that was changed says now in the quotes of it. */
  requote(wire) {
    updateQuotes(this.#log, wire);
  }

  addPending(item) {
    if (this.#pending.has(item.client_id)) return;
    const element = renderPending(item, this.#me, this.#bySeq.get(item.reply_to));
    this.#pending.set(item.client_id, element);
    this.#log.append(element);
    arrange(element);
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

  /** It is to say something else. */
  changePending(clientId, content) {
    const element = this.#pending.get(clientId);
    if (!element) return;
    renderPendingText(element, content);
    this.retryPending(clientId);
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
    if (this.#log.firstElementChild) arrange(this.#log.firstElementChild);
  }

  dropOldest() {
    this.#drop(this.oldestSeq);
  }

  dropNewest() {
    this.#drop(this.newestSeq);
  }

  /** What was today is yesterday after midnight; looked at now and then, for a machine asleep counts no time. */
  #renewDays(day = new Date()) {
    setTimeout(
      () => {
        const now = new Date();
        if (!sameDay(now, day)) for (const element of this.#log.children) arrange(element);
        this.#renewDays(now);
      },
      Math.min(untilMidnight(), LOOK_AT_DAYS),
    );
  }

  #drop(seq) {
    const element = this.#bySeq.get(seq);
    if (!element) return;
    this.#bySeq.delete(seq);
    this.#remove(element);
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
    arrange(element);
    if (leftBehind?.isConnected) arrange(leftBehind);
  }

  #remove(element) {
    const next = element.nextElementSibling;
    element.remove();
    if (next) arrange(next);
  }
}
