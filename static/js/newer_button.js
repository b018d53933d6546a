// The button over the foot of the list: how many messages are new below, and the way to them.

/** Event: "chosen". */
export class NewerButton extends EventTarget {
  #button;
  #unseen = 0;

  constructor(button) {
    super();
    this.#button = button;
    button.addEventListener("click", () => this.dispatchEvent(new Event("chosen")));
  }

  add(count) {
    this.#unseen += count;
  }

  /** The reader is at the bottom, further up, or so `far` that there should be a way back. */
  show({ atBottom, far }) {
    if (atBottom) this.#unseen = 0;
    this.#button.hidden = !this.#unseen && !far;
    const count = this.#unseen === 1 ? "1 new message" : `${this.#unseen} new messages`;
    this.#button.textContent = this.#unseen ? count : "Jump to latest";
  }
}
