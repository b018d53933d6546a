// The read marker: marks messages as read while they are visible, and draws the "New" line above unread ones.
import { callApi } from "./api.js";
import { arrange } from "./grouping.js";
import { Action } from "./protocol.js";
/** @import { Conversation } from "./conversation.js" */
/** @import { MessageList } from "./messages.js" */
/** @import { Scroller } from "./scroller.js" */
/** @import { Socket } from "./socket.js" */
/** @import { MessageWire } from "./wire.js" */

const THROTTLE = 1000; // ms between two updates of the read marker

/**
 * `readSeq` is the read marker when the page was rendered; `unreadFrom` the seq of the first unread message, or null.
 */
export class Reading {
  #socket;
  #roomName;
  #list;
  #scroller;
  #conversation;
  #line = document.querySelector(".message-new");
  #readSeq;
  /** @type {number | null} */
  #lineAfter = null; // the line is above the first message after this seq that can be unread; null: no line
  #paused = false; // the user has marked messages as unread: they stay so until they write, or open the room again
  #timer = 0;
  #seen = false; // whether the user has looked at the page since the last update
  #markedAt = -THROTTLE; // by performance.now(), which ignores changes of the clock
  #stopped = false;

  /**
   * @param {{
   *   socket: Socket,
   *   roomName: string,
   *   list: MessageList,
   *   scroller: Scroller,
   *   conversation: Conversation,
   *   readSeq: number | null,
   *   unreadFrom: number | null,
   * }} options
   */
  constructor({ socket, roomName, list, scroller, conversation, readSeq, unreadFrom }) {
    this.#socket = socket;
    this.#roomName = roomName;
    this.#list = list;
    this.#scroller = scroller;
    this.#conversation = conversation;
    this.#readSeq = readSeq ?? 0; // without one, nothing is marked: see `stop`
    if (unreadFrom !== null) this.#lineAfter = unreadFrom - 1;
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("new-template"));
    this.#line ??= template.content.firstElementChild;
    conversation.addEventListener("changed", () => this.#changed());
    conversation.addEventListener("news", ({ detail }) => this.#news(detail.messages));
    /** @type {[EventTarget, string][]} */
    const triggers = [
      [scroller, "moved"],
      [socket, "up"],
      [window, "resize"],
      [document, "visibilitychange"],
      [window, "focus"],
    ];
    for (const [target, name] of triggers) target.addEventListener(name, () => this.#scheduleMark());
    addEventListener("pagehide", () => this.#leave());
    this.#scheduleMark();
  }

  /**
   * Applies a read marker from the server. A lower one than before means: marked as unread.
   *
   * @param {number} seq
   */
  setReadSeq(seq) {
    this.#paused = seq < this.#readSeq;
    this.#readSeq = seq;
    this.#lineAfter = seq < this.#conversation.lastSeq ? seq : null;
    this.#drawLine();
  }

  /**
   * Marks everything from `seq` on as unread. Throws a RequestError.
   *
   * @param {number} seq
   */
  async markUnread(seq) {
    const frame = { action: Action.MARK_READ, room_name: this.#roomName, seq: seq - 1, rewind: true };
    const answer = await this.#socket.request(frame);
    this.#paused = true;
    this.#readSeq = answer.seq;
    this.#lineAfter = answer.seq;
    this.#drawLine();
  }

  /** Marks everything as read after the user has sent a message, even if they had marked it as unread. */
  messageSent() {
    this.#paused = false;
    clearTimeout(this.#timer);
    this.#mark();
  }

  stop() {
    this.#stopped = true;
  }

  get #looking() {
    return document.visibilityState === "visible" && document.hasFocus();
  }

  #changed() {
    this.#drawLine();
    this.#scheduleMark();
  }

  /** @param {MessageWire[]} messages */
  #news(messages) {
    const seqs = messages.map((wire) => wire.seq);
    const before = Math.min(...seqs) - 1;
    const seesThem = this.#looking && this.#conversation.atBottom;
    const unread = Math.max(...seqs) > this.#readSeq; // another device may have read them already
    const first = this.#list.firstOfOthersAfter(this.#readSeq);
    const olderUnread = first ? Number(first.dataset.seq) <= before : this.#readSeq < before;
    if (unread && !olderUnread && !seesThem) this.#lineAfter = this.#readSeq;
    this.#drawLine();
  }

  #drawLine() {
    const below = this.#lineAfter === null ? undefined : this.#list.firstOfOthersAfter(this.#lineAfter);
    if (below === this.#line.parentElement) return;
    const former = this.#line.closest(".message");
    this.#conversation.keepPlace(() => {
      if (below) below.querySelector(".message-day").after(this.#line);
      else this.#line.remove();
      // The message below the line has a header.
      for (const message of [former, below]) if (message?.isConnected) arrange(message);
    });
  }

  get #lastSeen() {
    return Number(this.#scroller.lastShown()?.dataset.seq ?? 0);
  }

  #scheduleMark() {
    this.#seen ||= this.#looking;
    this.#timer ||= setTimeout(() => this.#mark(), Math.max(100, this.#markedAt + THROTTLE - performance.now()));
  }

  async #mark() {
    this.#timer = 0;
    if (this.#stopped || this.#paused || !this.#looking || !this.#socket.ready) return;
    const seq = this.#lastSeen;
    if (seq <= this.#readSeq) return;
    this.#markedAt = performance.now();
    this.#seen = false;
    try {
      const answer = await this.#socket.request({ action: Action.MARK_READ, room_name: this.#roomName, seq });
      if (!this.#paused) this.#readSeq = Math.max(this.#readSeq, answer.seq);
    } catch {
      // Retried on the next trigger.
    }
  }

  /** Marks what was read since the last update when the page is closed. */
  #leave() {
    if (this.#stopped || this.#paused || !this.#seen || this.#lastSeen <= this.#readSeq) return;
    const path = `rooms/${encodeURIComponent(this.#roomName)}/read/`;
    callApi("PUT", path, { seq: this.#lastSeen }, { keepalive: true }).catch(() => {});
  }
}
