// Which part of the room's messages is in the page: a window of some 300 that goes with the reader.
import { History } from "./history.js";
import { NewerButton } from "./newer_button.js";
import { say } from "./saying.js";

const KEPT = 300; // messages in the page
const FETCH_WITHIN = 600; // px from either end at which more is fetched
const AGAIN_AFTER = 3000; // ms, when the server could not be asked

/**
 * Events: "changed" (the list did), "news" (detail.messages: live ones that were not there before), "rewritten"
 * (detail.message: one that was edited or deleted, in the page or not).
 */
export class Conversation extends EventTarget {
  #history;
  #list;
  #scroller;
  #button = new NewerButton(document.getElementById("newer"));
  #start = document.getElementById("log-start");
  #older = document.getElementById("log-older");
  #lastSeq; // the newest there is, in the page or not
  #filling = false;
  #refused = false; // the server will not give more: not asked again before the room is joined anew
  #leftAt = 0; // the seq that was read when the room had to start over, 0 at the bottom

  constructor(page, list, scroller) {
    super();
    this.#history = new History(page.room.name);
    this.#list = list;
    this.#scroller = scroller;
    this.#lastSeq = Math.max(page.room.last_seq, list.newestSeq);
    scroller.addEventListener("moved", () => this.#moved());
    this.#button.addEventListener("chosen", () => this.toNewest());
  }

  /** Whether the newest messages are elsewhere. */
  get detached() {
    return this.#list.newestSeq < this.#lastSeq;
  }

  get lastSeq() {
    return this.#lastSeq;
  }

  get atBottom() {
    return !this.detached && this.#scroller.nearBottom;
  }

  /** Begin where the reader should: at a message of the page, `place` as in Scroller.reveal, with so many unread below. */
  open(element, place, unseen) {
    if (element) this.#scroller.reveal(element, place);
    this.#button.add(unseen);
    this.#moved();
  }

  /** Messages from the socket: changed or new ones, or with `startsOver` the newest page after `clear`. */
  receive(messages, { own, startsOver }) {
    this.#history.overhear(messages);
    const attached = startsOver || !this.detached;
    const news = startsOver ? [] : messages.filter((wire) => wire.seq > this.#lastSeq && !own(wire));
    const follows = this.atBottom;
    this.#change(() => this.#put(messages, attached), follows);
    if (!follows) this.#button.add(news.length);
    this.#showButton();
    if (startsOver) this.#goBack();
    if (news.length) this.dispatchEvent(new CustomEvent("news", { detail: { messages: news } }));
  }

  clear() {
    this.#leftAt = this.atBottom ? 0 : this.#scroller.firstShownSeq;
    this.#lastSeq = 0;
    this.#history.forget();
    this.#change(() => this.#list.clear(), true);
  }

  showPending(item) {
    this.#list.addPending(item);
    this.toNewest();
  }

  acknowledge(clientId, seq) {
    const detached = this.detached;
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.#change(() => (detached ? this.#list.dropPending(clientId) : this.#list.acknowledge(clientId, seq)));
    if (detached) this.toNewest();
  }

  /** Change the list in a way that moves nothing. */
  keepPlace(change) {
    this.#scroller.keepPlace(change, { stick: this.atBottom });
  }

  async toNewest() {
    try {
      if (this.detached) this.#replace(await this.#history.fetch());
    } catch (error) {
      say(error.message);
    }
    this.#scroller.toBottom();
    this.#moved();
  }

  /** Show a message in the middle and mark it, wherever it is. Says so when there is none. */
  async show(seq) {
    try {
      const element = await this.#reach(seq);
      if (!element) return say("There is no such message in this room.");
      this.#scroller.reveal(element, 0.5);
      this.#scroller.mark(element);
      this.fill();
    } catch (error) {
      say(error.message);
    }
  }

  /** A message as it is now. Throws an ApiError. */
  message(seq) {
    return this.#history.message(seq);
  }

  /** After the room had to start over: where its reader was, if that is still there. */
  async #goBack() {
    const seq = this.#leftAt;
    this.#leftAt = 0;
    const element = seq && (await this.#reach(seq).catch(() => null));
    if (element) this.#scroller.reveal(element, 0);
  }

  /** The element of a message, which is fetched when it is not in the page; undefined when there is none. */
  async #reach(seq) {
    if (!this.#list.get(seq)) {
      const messages = await this.#history.fetch({ around: seq });
      if (messages.some((wire) => wire.seq === seq)) this.#replace(messages);
    }
    return this.#list.get(seq);
  }

  /** The room is followed again: more can be fetched. */
  joined() {
    this.#refused = false;
    this.fill();
  }

  /** Fetch more while an end is near. */
  async fill() {
    if (this.#filling || this.#refused) return;
    this.#filling = true;
    while (await this.#fillOnce());
    this.#filling = false;
  }

  async #fillOnce() {
    const { oldestSeq, newestSeq } = this.#list;
    if (this.#scroller.above < FETCH_WITHIN && oldestSeq > 1) return this.#extend({ before: oldestSeq });
    if (this.#scroller.below < FETCH_WITHIN && this.detached) return this.#extend({ after: newestSeq });
    return false;
  }

  async #extend(position) {
    this.#older.hidden = !position.before;
    try {
      const messages = await this.#history.fetch(position);
      if (this.#continues(position)) this.#change(() => this.#insert(messages));
      return messages.length > 0;
    } catch (error) {
      this.#refused = error.status >= 400 && error.status < 500 && error.status !== 429;
      if (this.#refused) return false;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
      return true;
    } finally {
      this.#older.hidden = true;
      this.#catchUp();
    }
  }

  /** Whether the window still ends where it was when a page was asked for. */
  #continues({ before, after }) {
    return before ? before === this.#list.oldestSeq : after === this.#list.newestSeq;
  }

  #replace(messages) {
    this.#change(() => {
      this.#list.clear();
      this.#insert(messages);
    }, false);
    this.#catchUp();
  }

  #catchUp() {
    const messages = this.#history.takeOverheard();
    if (messages.length) this.#change(() => this.#put(messages, false));
  }

  #insert(page) {
    for (const wire of page) this.#list.put(wire);
    this.#lastSeq = Math.max(this.#lastSeq, this.#list.newestSeq);
  }

  /** Those of the live messages that belong to the window, which they may prolong by one, or by any while `attached`. */
  #put(messages, attached) {
    for (const wire of messages) {
      const upTo = attached ? wire.seq : this.#list.newestSeq + 1;
      if (wire.seq >= this.#list.oldestSeq && wire.seq <= upTo) this.#list.put(wire);
      this.#lastSeq = Math.max(this.#lastSeq, wire.seq);
      if (!wire.edited_at && !wire.deleted) continue;
      this.#list.requote(wire);
      this.dispatchEvent(new CustomEvent("rewritten", { detail: { message: wire } }));
    }
  }

  #change(change, stick = this.atBottom) {
    this.#scroller.keepPlace(
      () => {
        change();
        this.#trim(stick);
      },
      { stick },
    );
    this.#start.hidden = this.#list.oldestSeq > 1;
    this.dispatchEvent(new Event("changed"));
  }

  /** Let go of what is furthest from the reader; it comes back on scrolling there. */
  #trim(stick) {
    if (this.#list.size <= KEPT) return;
    const upper = stick || this.#scroller.above > this.#scroller.below;
    while (this.#list.size > KEPT && this.#list.newestSeq) upper ? this.#list.dropOldest() : this.#list.dropNewest();
  }

  #moved() {
    this.#showButton();
    this.fill();
  }

  #showButton() {
    this.#button.show({ atBottom: this.atBottom, far: this.detached || this.#scroller.below > this.#scroller.height });
  }
}
