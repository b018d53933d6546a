// The button above the composer that shows how many new messages are below, and jumps to them.

/** Event: "chosen". */
export class NewerButton extends EventTarget {
  #button;
  #unseen = 0;

  /** @param {HTMLElement} button */
  constructor(button) {
    super();
    this.#button = button;
    button.addEventListener("click", () => this.dispatchEvent(new Event("chosen")));
  }

  /** @param {number} count */
  add(count) {
    this.#unseen += count;
  }

  /**
   * Updates the button. Without new messages it is shown only if the reader is `far` from the bottom.
   *
   * @param {{ atBottom: boolean, far: boolean }} options
   */
  show({ atBottom, far }) {
    if (atBottom) this.#unseen = 0;
    this.#button.hidden = !this.#unseen && !far;
    const count = this.#unseen === 1 ? "1 new message" : `${this.#unseen} new messages`;
    this.#button.textContent = this.#unseen ? count : "Jump to latest";
  }
}
