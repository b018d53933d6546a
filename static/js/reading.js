// What the reader has read: marks it, and draws the line above what is new.
import { callApi } from "./api.js";
import { arrange } from "./grouping.js";
import { Action } from "./protocol.js";

const EVERY = 1000; // ms: not marked more often

/** `readSeq` is the read pointer as the server knew it when it made the page, `unreadFrom` the first unread message's seq, or null. */
export class Reading {
  #socket;
  #roomName;
  #list;
  #scroller;
  #conversation;
  #line = document.querySelector(".message-new");
  #readSeq;
  #lineAfter = null; // the line stands above the first message behind this seq that can be unread; null: there is none
  #paused = false; // marked unread by hand: stays so until the reader writes, or opens the room again
  #timer = 0;
  #seen = false; // since the last mark something was there to be read, and the reader looking
  #markedAt = -EVERY; // by performance.now, which no change of the clock moves
  #stopped = false;

  constructor({ socket, roomName, list, scroller, conversation, readSeq, unreadFrom }) {
    this.#socket = socket;
    this.#roomName = roomName;
    this.#list = list;
    this.#scroller = scroller;
    this.#conversation = conversation;
    this.#readSeq = readSeq;
    if (unreadFrom !== null) this.#lineAfter = unreadFrom - 1;
    this.#line ??= document.getElementById("new-template").content.firstElementChild;
    conversation.addEventListener("changed", () => this.#changed());
    conversation.addEventListener("news", ({ detail }) => this.#news(detail.messages));
    const reasons = [
      [scroller, "moved"],
      [socket, "up"],
      [window, "resize"],
      [document, "visibilitychange"],
      [window, "focus"],
    ];
    for (const [target, name] of reasons) target.addEventListener(name, () => this.#later());
    addEventListener("pagehide", () => this.#leave());
    this.#later();
  }

  /** Another device, or the reader here, has read up to `seq`; below what was read: has marked it unread. */
  heard(seq) {
    this.#paused = seq < this.#readSeq;
    this.#readSeq = seq;
    this.#lineAfter = seq < this.#conversation.lastSeq ? seq : null;
    this.#drawLine();
  }

  /** Everything from `seq` on is unread again. Throws a RequestError. */
  async rewind(seq) {
    const frame = { action: Action.MARK_READ, room_name: this.#roomName, seq: seq - 1, rewind: true };
    const answer = await this.#socket.request(frame);
    this.#paused = true;
    this.#readSeq = answer.seq;
    this.#lineAfter = answer.seq;
    this.#drawLine();
  }

  /** The reader has written something: what stands above it is read, though it was marked unread by hand. */
  wrote() {
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
    this.#later();
  }

  #news(messages) {
    const seqs = messages.map((wire) => wire.seq);
    const before = Math.min(...seqs) - 1;
    const seesThem = this.#looking && this.#conversation.atBottom;
    const unread = Math.max(...seqs) > this.#readSeq; // another device may have been told of them, and say so, first
    const first = this.#list.firstOfOthersAfter(this.#readSeq);
    const others = first ? Number(first.dataset.seq) <= before : this.#readSeq < before; // that are unread, too
    if (unread && !others && !seesThem) this.#lineAfter = this.#readSeq;
    this.#drawLine();
  }

  #drawLine() {
    const below = this.#lineAfter === null ? undefined : this.#list.firstOfOthersAfter(this.#lineAfter);
    if (below === this.#line.parentElement) return;
    const former = this.#line.closest(".message");
    this.#conversation.keepPlace(() => {
      if (below) below.querySelector(".message-day").after(this.#line);
      else this.#line.remove();
      for (const message of [former, below]) if (message?.isConnected) arrange(message); // below the line stands a head
    });
  }

  get #lastSeen() {
    return Number(this.#scroller.lastShown()?.dataset.seq ?? 0);
  }

  #later() {
    this.#seen ||= this.#looking;
    this.#timer ||= setTimeout(() => this.#mark(), Math.max(100, this.#markedAt + EVERY - performance.now()));
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
      // Later, with the next reason to look.
    }
  }

  /** What was read within the last moment is marked when the page goes, too. */
  #leave() {
    if (this.#stopped || this.#paused || !this.#seen || this.#lastSeen <= this.#readSeq) return;
    const path = `rooms/${encodeURIComponent(this.#roomName)}/read/`;
    callApi("PUT", path, { seq: this.#lastSeen }, { keepalive: true }).catch(() => {});
  }
}
