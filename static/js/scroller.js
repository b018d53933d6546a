// Where the reader is in the list: at the bottom and kept there, or reading and left in peace.
const NEAR = 100; // px from the bottom that still count as there

/** Event: "moved". The element is a reversed column: its scrollTop is 0 at the bottom, and negative upwards. */
export class Scroller extends EventTarget {
  #element;

  constructor(element) {
    super();
    this.#element = element;
    element.addEventListener("scroll", () => this.dispatchEvent(new Event("moved")), { passive: true });
  }

  get nearBottom() {
    return this.below < NEAR;
  }

  /** How much there is above what is shown, and below it, in px. */
  get above() {
    const { scrollHeight, clientHeight, scrollTop } = this.#element;
    return scrollHeight - clientHeight + scrollTop;
  }

  get below() {
    return -this.#element.scrollTop;
  }

  get height() {
    return this.#element.clientHeight;
  }

  toBottom() {
    this.#element.scrollTop = 0;
  }

  /** Bring an element to where `place` says: 0 is the top of what is shown, 0.5 its middle. */
  reveal(element, place) {
    const frame = this.#element.getBoundingClientRect();
    const { top, height } = element.getBoundingClientRect();
    const room = Math.max(frame.height - height, 0);
    this.#element.scrollTop += top - frame.top - room * place;
  }

  /** A border that fades, and the focus. */
  mark(element) {
    element.classList.remove("message-found");
    void element.offsetWidth; // or the same animation would not start again
    element.classList.add("message-found");
    element.addEventListener("blur", () => element.classList.remove("message-found"), { once: true });
    element.focus({ preventScroll: true });
  }

  shows(element) {
    const frame = this.#element.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return top >= frame.top && bottom <= frame.bottom;
  }

  /** Change the list without moving what is being read; `stick` keeps to the bottom instead. */
  keepPlace(change, { stick }) {
    if (stick) {
      change();
      this.toBottom();
      return;
    }
    const anchor = this.#firstShown();
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) this.#element.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  /** The newest message of which something is shown, or undefined. */
  lastShown() {
    const { bottom } = this.#element.getBoundingClientRect();
    return [...this.#element.querySelectorAll(".message[data-seq]")].findLast(
      (element) => element.getBoundingClientRect().top + SHOWN < bottom,
    );
  }

  /** The seq of the message at the top of what is shown, 0 when there is none. */
  get firstShownSeq() {
    return Number(this.#firstShown()?.dataset.seq ?? 0);
  }

  #firstShown() {
    const { top } = this.#element.getBoundingClientRect();
    return [...this.#element.querySelectorAll(".message")].find(
      (element) => element.getBoundingClientRect().bottom > top,
    );
  }
}

const SHOWN = 24; // px of a message that must be in sight
