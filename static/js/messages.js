// The messages in the page: ordered by `seq`, the user's own unsent ones at the end.
import { arrange } from "./grouping.js";
import { enhanceBody, isOwn, renderFailure, renderMessage, renderPending, renderPendingText } from "./message.js";
import { updateQuotes } from "./quotes.js";
import { sameDay, showTime, untilMidnight } from "./times.js";
/** @import { Me } from "./message.js" */
/** @import { Item } from "./outbox.js" */
/** @import { MessageWire } from "./wire.js" */

const DAY_CHECK_INTERVAL = 60_000; // ms

export class MessageList {
  #log;
  #me;
  #bySeq = new Map();
  #pending = new Map(); // client_id -> element

  /**
   * @param {HTMLElement} log
   * @param {Me} me
   */
  constructor(log, me) {
    this.#log = log;
    this.#me = me;
    for (const element of log.children) {
      this.#bySeq.set(Number(element.dataset.seq), element);
      showTime(element.querySelector(".message-time"), new Date(element.dataset.created));
      enhanceBody(element);
      arrange(element);
    }
    for (const seq of me.saved) this.showSaved(seq, true);
    this.#updateDays();
  }

  /** 0 if there is none. Unsent messages have no seq. */
  get oldestSeq() {
    return Number(this.#log.querySelector(":scope > [data-seq]")?.dataset.seq ?? 0);
  }

  get newestSeq() {
    let element = /** @type {HTMLElement | null} */ (this.#log.lastElementChild);
    while (element && !element.dataset.seq) element = element.previousElementSibling;
    return Number(element?.dataset.seq ?? 0);
  }

  get size() {
    return this.#log.childElementCount;
  }

  /**
   * The element of the message with that seq, or undefined.
   *
   * @param {number} seq
   */
  get(seq) {
    return this.#bySeq.get(seq);
  }

  /**
   * The first message after `seq` that can be unread: not the user's own and not deleted. Undefined if it is not in the
   * page.
   *
   * @param {number} seq
   */
  firstOfOthersAfter(seq) {
    let element = this.#bySeq.get(seq + 1);
    while (element?.matches(".message-own, .message-deleted")) element = element.nextElementSibling;
    return element ?? undefined;
  }

  /** The element of the user's newest message, sent or pending, that is not deleted; or undefined. */
  get latestOwn() {
    return [...this.#log.querySelectorAll(":scope > .message-own:not(.message-deleted)")].at(-1);
  }

  /**
   * Inserts a message at its place, or updates it.
   *
   * @param {MessageWire} wire
   */
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

  /**
   * Updates the quotes of an edited or deleted message.
   *
   * @param {MessageWire} wire
   */
  updateQuotesOf(wire) {
    updateQuotes(this.#log, wire);
  }

  /**
   * Shows whether the user has saved a message.
   *
   * @param {number} seq
   * @param {boolean} saved
   */
  showSaved(seq, saved) {
    saved ? this.#me.saved.add(seq) : this.#me.saved.delete(seq);
    this.#bySeq.get(seq)?.classList.toggle("message-saved", saved);
  }

  /** @param {Item} item */
  addPending(item) {
    if (this.#pending.has(item.client_id)) return;
    const element = renderPending(item, this.#me, this.#bySeq.get(item.reply_to));
    this.#pending.set(item.client_id, element);
    this.#log.append(element);
    arrange(element);
  }

  /**
   * Moves a pending message to its place: the server has given it a seq. The message itself follows over the socket.
   *
   * @param {string} clientId
   * @param {number} seq
   */
  acknowledge(clientId, seq) {
    const element = this.#pending.get(clientId);
    if (!element) return;
    if (this.#bySeq.has(seq)) return this.dropPending(clientId);
    element.dataset.seq = seq;
    element.dataset.version = 0;
    this.#place(element, seq);
  }

  /**
   * @param {string} clientId
   * @param {string} sentence
   */
  fail(clientId, sentence) {
    const element = this.#pending.get(clientId);
    if (element) renderFailure(element, sentence);
  }

  /**
   * Changes the text of a pending message.
   *
   * @param {string} clientId
   * @param {string} content
   */
  changePending(clientId, content) {
    const element = this.#pending.get(clientId);
    if (!element) return;
    renderPendingText(element, content);
    this.retryPending(clientId);
  }

  /** @param {string} clientId */
  retryPending(clientId) {
    const element = this.#pending.get(clientId);
    element?.classList.remove("message-failed");
    element?.querySelector(".message-failure")?.remove();
  }

  /** @param {string} clientId */
  dropPending(clientId) {
    const element = this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (element) this.#remove(element);
  }

  /** Removes all messages except unsent ones. */
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

  /** Updates "Today" and "Yesterday" after midnight. Polls, too, because timers stand still while a machine sleeps. */
  #updateDays(day = new Date()) {
    setTimeout(
      () => {
        const now = new Date();
        if (!sameDay(now, day)) for (const element of this.#log.children) arrange(element);
        this.#updateDays(now);
      },
      Math.min(untilMidnight(), DAY_CHECK_INTERVAL),
    );
  }

  /** @param {number} seq */
  #drop(seq) {
    const element = this.#bySeq.get(seq);
    if (!element) return;
    this.#bySeq.delete(seq);
    this.#remove(element);
  }

  /**
   * @param {HTMLElement} element
   * @param {number} seq
   */
  #place(element, seq) {
    const formerNext = element.isConnected ? element.nextElementSibling : null;
    let after = /** @type {HTMLElement | null} */ (this.#log.lastElementChild);
    while (after && (after === element || !after.dataset.seq || Number(after.dataset.seq) > seq)) {
      after = after.previousElementSibling;
    }
    const next = after ? after.nextElementSibling : this.#log.firstElementChild;
    if (next !== element) this.#log.insertBefore(element, next);
    this.#bySeq.set(seq, element);
    arrange(element);
    if (formerNext?.isConnected) arrange(formerNext);
  }

  /** @param {HTMLElement} element */
  #remove(element) {
    const next = element.nextElementSibling;
    element.remove();
    if (next) arrange(next);
  }
}
