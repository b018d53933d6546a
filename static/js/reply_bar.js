// The bar over the box that says which message one is replying to: by its seq, in what it says now.

export class ReplyBar {
  #bar;
  #quote; // gives what is to be shown of a message by its seq, at once or as a promise
  #seq = null;

  constructor(bar, quote) {
    this.#bar = bar;
    this.#quote = quote;
  }

  /** Show what a reply to the message of this seq answers; nothing for null. */
  show(seq) {
    this.#bar.hidden = seq === null;
    if (seq === this.#seq) return;
    this.#seq = seq;
    this.#fill({});
    this.renew();
  }

  /** Look again at what the message says. */
  async renew() {
    const seq = this.#seq;
    if (seq === null) return;
    const found = this.#quote(seq);
    const quote = found instanceof Promise ? await found.catch(() => ({})) : found;
    if (seq === this.#seq) this.#fill(quote);
  }

  /** A message says something else now. */
  rewritten(quote) {
    if (quote.seq === this.#seq) this.#fill(quote);
  }

  #fill({ display_name = "", excerpt = "", deleted = false }) {
    this.#bar.querySelector(".composer-reply-name").textContent = display_name;
    this.#bar.querySelector(".composer-reply-excerpt").textContent = deleted ? "This message was deleted." : excerpt;
  }
}
