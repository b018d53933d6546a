// Decides which messages of the room are in the page: a window of about 300 that follows the reader.
import { History } from "./history.js";
import { gettext } from "./i18n.js";
import { NewerButton } from "./newer_button.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */
/** @import { Position } from "./history.js" */
/** @import { MessageList } from "./messages.js" */
/** @import { Item } from "./outbox.js" */
/** @import { Scroller } from "./scroller.js" */
/** @import { MessageWire, Page } from "./wire.js" */

const MAX_SHOWN = 300; // messages in the page
const FETCH_DISTANCE = 600; // px from either end at which more messages are fetched
const RETRY_DELAY = 3000; // ms after a failed request

/**
 * Events: "changed" (the list changed), "news" (detail.messages: new live messages), "rewritten" (detail.message: it
 * was edited or deleted, whether or not it is in the page).
 */
export class Conversation extends EventTarget {
  #history;
  #list;
  #scroller;
  #button = new NewerButton(document.getElementById("newer"));
  #start = document.getElementById("log-start");
  #older = document.getElementById("log-older");
  #lastSeq; // seq of the room's newest message, in the page or not
  #heardSeq; // seq of the newest message that has come; one's own may be acknowledged before older messages come
  #filling = false;
  #refused = false; // the server refused to send more; ask again only after joining again
  #restoreSeq = 0; // seq to scroll back to after a reset, or 0 for the bottom

  /**
   * @param {Page} page
   * @param {MessageList} list
   * @param {Scroller} scroller
   */
  constructor(page, list, scroller) {
    super();
    this.#history = new History(page.room.name);
    this.#list = list;
    this.#scroller = scroller;
    this.#lastSeq = this.#heardSeq = Math.max(page.room.last_seq, list.newestSeq);
    scroller.addEventListener("moved", () => this.#moved());
    this.#button.addEventListener("chosen", () => this.toNewest());
  }

  /** Whether the page does not hold the newest messages. */
  get detached() {
    return this.#list.newestSeq < this.#lastSeq;
  }

  get lastSeq() {
    return this.#lastSeq;
  }

  get atBottom() {
    return !this.detached && this.#scroller.nearBottom;
  }

  /**
   * Scrolls to where reading starts: at a message in the page (`place` as in Scroller.reveal), with `unseen` unread
   * messages below.
   *
   * @param {HTMLElement | null} element
   * @param {number} place
   * @param {number} unseen
   */
  open(element, place, unseen) {
    if (element) this.#scroller.reveal(element, place);
    this.#button.add(unseen);
    this.#moved();
  }

  /**
   * Handles messages from the socket: new or changed ones, or, with `isReset`, the newest page after `clear`.
   *
   * @param {MessageWire[]} messages
   * @param {{ own: (wire: MessageWire) => boolean, isReset: boolean }} options
   */
  receive(messages, { own, isReset }) {
    this.#history.buffer(messages);
    const attached = isReset || !this.detached;
    const news = isReset ? [] : messages.filter((wire) => wire.seq > this.#heardSeq && !own(wire));
    const follows = this.atBottom;
    this.#change(() => this.#put(messages, attached), follows);
    if (!follows) this.#button.add(news.length);
    this.#showButton();
    if (isReset) this.#restorePlace();
    if (news.length) this.dispatchEvent(new CustomEvent("news", { detail: { messages: news } }));
  }

  clear() {
    this.#restoreSeq = this.atBottom ? 0 : this.#scroller.firstShownSeq;
    this.#lastSeq = this.#heardSeq = 0;
    this.#history.clearBuffer();
    this.#change(() => this.#list.clear(), true);
  }

  /** @param {Item} item */
  showPending(item) {
    this.#list.addPending(item);
    this.toNewest();
  }

  /**
   * @param {string} clientId
   * @param {number} seq
   */
  acknowledge(clientId, seq) {
    const detached = this.detached;
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.#change(() => (detached ? this.#list.dropPending(clientId) : this.#list.acknowledge(clientId, seq)));
    if (detached) this.toNewest();
  }

  /**
   * Runs a change of the list without moving what the reader sees.
   *
   * @param {() => void} change
   */
  keepPlace(change) {
    this.#scroller.keepPlace(change, { stick: this.atBottom });
  }

  async toNewest() {
    try {
      if (this.detached) this.#replace(await this.#history.fetch());
    } catch (error) {
      showToast(/** @type {ApiError} */ (error).message);
    }
    this.#scroller.toBottom();
    this.#moved();
  }

  /**
   * Shows and highlights a message, fetching it if needed. Shows a notice if it does not exist.
   *
   * @param {number} seq
   */
  async show(seq) {
    try {
      const element = await this.#find(seq);
      if (!element) return showToast(gettext("There is no such message here."));
      this.#scroller.reveal(element, 0.5);
      this.#scroller.highlight(element);
      this.fill();
    } catch (error) {
      showToast(/** @type {ApiError} */ (error).message);
    }
  }

  /**
   * Fetches the current state of a message. Throws an ApiError.
   *
   * @param {number} seq
   */
  message(seq) {
    return this.#history.message(seq);
  }

  /** Scrolls back to where the reader was before a reset, if that message still exists. */
  async #restorePlace() {
    const seq = this.#restoreSeq;
    this.#restoreSeq = 0;
    const element = seq && (await this.#find(seq).catch(() => /** @type {null} */ (null)));
    if (element) this.#scroller.reveal(element, 0);
  }

  /**
   * Returns a message's element, fetching the message if it is not in the page; undefined if it does not exist.
   *
   * @param {number} seq
   */
  async #find(seq) {
    if (!this.#list.get(seq)) {
      const messages = await this.#history.fetch({ around: seq });
      if (messages.some((wire) => wire.seq === seq)) this.#replace(messages);
    }
    return this.#list.get(seq);
  }

  /** Call after joining the room: more messages can be fetched again. */
  joined() {
    this.#refused = false;
    this.fill();
  }

  /** Fetches more messages while the reader is near either end. */
  async fill() {
    if (this.#filling || this.#refused) return;
    this.#filling = true;
    while (await this.#fillOnce());
    this.#filling = false;
  }

  async #fillOnce() {
    const { oldestSeq, newestSeq } = this.#list;
    if (this.#scroller.above < FETCH_DISTANCE && oldestSeq > 1) return this.#extend({ before: oldestSeq });
    if (this.#scroller.below < FETCH_DISTANCE && this.detached) return this.#extend({ after: newestSeq });
    return false;
  }

  /** @param {Position} position */
  async #extend(position) {
    this.#older.hidden = !position.before;
    try {
      const messages = await this.#history.fetch(position);
      if (this.#continues(position)) this.#change(() => this.#insert(messages));
      return messages.length > 0;
    } catch (error) {
      const { status } = /** @type {ApiError} */ (error);
      this.#refused = status >= 400 && status < 500 && status !== 429;
      if (this.#refused) return false;
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
      return true;
    } finally {
      this.#older.hidden = true;
      this.#applyBuffer();
    }
  }

  /**
   * Whether a fetched page still joins the window: its end may have changed during the request.
   *
   * @param {Position} position
   */
  #continues({ before, after }) {
    return before ? before === this.#list.oldestSeq : after === this.#list.newestSeq;
  }

  /** @param {MessageWire[]} messages */
  #replace(messages) {
    this.#change(() => {
      this.#list.clear();
      this.#insert(messages);
    }, false);
    this.#applyBuffer();
  }

  /** Applies the live messages that arrived during requests: they may be newer than the fetched page. */
  #applyBuffer() {
    const messages = this.#history.takeBuffered();
    if (messages.length) this.#change(() => this.#put(messages, false));
  }

  /** @param {MessageWire[]} page */
  #insert(page) {
    for (const wire of page) {
      this.#list.put(wire);
      this.#heardSeq = Math.max(this.#heardSeq, wire.seq);
    }
    this.#lastSeq = Math.max(this.#lastSeq, this.#list.newestSeq);
  }

  /**
   * Adds the live messages that belong to the window. They may extend it by one message, or, if `attached`, by any
   * number.
   *
   * @param {MessageWire[]} messages
   * @param {boolean} attached
   */
  #put(messages, attached) {
    for (const wire of messages) {
      const upTo = attached ? wire.seq : this.#list.newestSeq + 1;
      const isNew = wire.seq > this.#heardSeq; // then it may be before one's own, even if these are all that is shown
      if ((isNew || wire.seq >= this.#list.oldestSeq) && wire.seq <= upTo) this.#list.put(wire);
      this.#heardSeq = Math.max(this.#heardSeq, wire.seq);
      this.#lastSeq = Math.max(this.#lastSeq, this.#heardSeq);
      const quotedByFiles = !wire.content && wire.attachments.length > 0; // and one may have been deleted
      if (!wire.edited_at && !wire.deleted && !quotedByFiles) continue;
      this.#list.updateQuotesOf(wire);
      this.dispatchEvent(new CustomEvent("rewritten", { detail: { message: wire } }));
    }
  }

  /**
   * @param {() => void} change
   * @param {boolean} [stick]
   */
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

  /**
   * Removes the messages furthest from the reader; scrolling there fetches them again.
   *
   * @param {boolean} stick
   */
  #trim(stick) {
    if (this.#list.size <= MAX_SHOWN) return;
    const upper = stick || this.#scroller.above > this.#scroller.below;
    while (this.#list.size > MAX_SHOWN && this.#list.newestSeq)
      upper ? this.#list.dropOldest() : this.#list.dropNewest();
  }

  #moved() {
    this.#showButton();
    this.fill();
  }

  #showButton() {
    this.#button.show({ atBottom: this.atBottom, far: this.detached || this.#scroller.below > this.#scroller.height });
  }
}
