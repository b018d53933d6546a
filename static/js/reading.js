// What the reader has read: marks it, and draws the line above what is new.
import { Action } from "./protocol.js";

const EVERY = 1000; // ms: not marked more often

/** `readSeq` is the read pointer as the server knew it when it made the page. */
export class Reading {
  #socket;
  #roomName;
  #list;
  #scroller;
  #conversation;
  #line = document.querySelector(".message-new");
  #readSeq;
  #lineAfter = null; // the seq that the line stands behind; null: there is none
  #paused = false; // marked unread by hand: stays so until the reader comes back
  #timer = 0;
  #markedAt = -EVERY; // by performance.now, which no change of the clock moves
  #stopped = false;

  constructor({ socket, roomName, list, scroller, conversation, readSeq }) {
    this.#socket = socket;
    this.#roomName = roomName;
    this.#list = list;
    this.#scroller = scroller;
    this.#conversation = conversation;
    this.#readSeq = readSeq;
    if (readSeq !== null && readSeq < conversation.lastSeq) this.#lineAfter = readSeq;
    this.#line ??= document.getElementById("new-template").content.firstElementChild;
    conversation.addEventListener("changed", () => this.#changed());
    conversation.addEventListener("news", ({ detail }) => this.#news(detail.messages));
    for (const [target, name] of [[scroller, "moved"], [socket, "up"], [window, "resize"]]) {
      target.addEventListener(name, () => this.#later());
    }
    for (const [target, name] of [[document, "visibilitychange"], [window, "focus"]]) {
      target.addEventListener(name, () => this.#back());
    }
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

  /** The reader has written something: what was marked unread by hand has been dealt with. */
  wrote() {
    this.#paused = false;
    this.#later();
  }

  stop() {
    this.#stopped = true;
  }

  get #looking() {
    return document.visibilityState === "visible" && document.hasFocus();
  }

  #back() {
    if (!this.#looking) return;
    this.#paused = false;
    this.#later();
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
    if (unread && this.#readSeq >= before && !seesThem) this.#lineAfter = this.#readSeq;
    this.#drawLine();
  }

  #drawLine() {
    const below = this.#lineAfter === null ? undefined : this.#list.get(this.#lineAfter + 1);
    if (below === this.#line.parentElement) return;
    this.#conversation.keepPlace(() => (below ? below.querySelector(".message-day").after(this.#line) : this.#line.remove()));
  }

  #later() {
    this.#timer ||= setTimeout(() => this.#mark(), Math.max(100, this.#markedAt + EVERY - performance.now()));
  }

  async #mark() {
    this.#timer = 0;
    if (this.#stopped || this.#paused || !this.#looking || !this.#socket.ready) return;
    const seq = Number(this.#scroller.lastShown()?.dataset.seq ?? 0);
    if (seq <= this.#readSeq) return;
    this.#markedAt = performance.now();
    try {
      const answer = await this.#socket.request({ action: Action.MARK_READ, room_name: this.#roomName, seq });
      if (!this.#paused) this.#readSeq = Math.max(this.#readSeq, answer.seq);
    } catch {
      // Later, with the next reason to look.
    }
  }
}
