// The bar above the composer that quotes the message being replied to.
import { gettext } from "./i18n.js";
/** @import { Quote } from "./wire.js" */

export class ReplyBar {
  #bar;
  #quote; // returns the quote of a message by its seq, directly or as a promise
  /** @type {number | null} */
  #seq = null;

  /**
   * @param {HTMLElement} bar
   * @param {(seq: number) => Quote | Promise<Quote>} quote
   */
  constructor(bar, quote) {
    this.#bar = bar;
    this.#quote = quote;
  }

  /**
   * Shows the quote of the message with this seq, or hides the bar for null.
   *
   * @param {number | null} seq
   */
  show(seq) {
    this.#bar.hidden = seq === null;
    if (seq === this.#seq) return;
    this.#seq = seq;
    this.#fill({});
    this.refresh();
  }

  /** Loads the quote again. */
  async refresh() {
    const seq = this.#seq;
    if (seq === null) return;
    const found = this.#quote(seq);
    const quote = found instanceof Promise ? await found.catch(() => ({})) : found;
    if (seq === this.#seq) this.#fill(quote);
  }

  /**
   * Call when a message was edited or deleted.
   *
   * @param {Quote} quote
   */
  messageChanged(quote) {
    if (quote.seq === this.#seq) this.#fill(quote);
  }

  #fill({ display_name = "", excerpt = "", deleted = false }) {
    this.#bar.querySelector(".composer-reply-name").textContent = display_name;
    this.#bar.querySelector(".composer-reply-excerpt").textContent = deleted
      ? gettext("This message was deleted.")
      : excerpt;
  }
}
