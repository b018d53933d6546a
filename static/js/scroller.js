// The scroll position of the message list: kept at the bottom, or kept still while the user reads further up.
const BOTTOM_TOLERANCE = 100; // px
const MIN_VISIBLE = 24; // px of a message that must be visible for it to count as shown

/** Event: "moved". The element is a reversed flex column: its scrollTop is 0 at the bottom and negative above. */
export class Scroller extends EventTarget {
  #element;

  /** @param {HTMLElement} element */
  constructor(element) {
    super();
    this.#element = element;
    element.addEventListener("scroll", () => this.dispatchEvent(new Event("moved")), { passive: true });
  }

  get nearBottom() {
    return this.below < BOTTOM_TOLERANCE;
  }

  /** The height of the content above and below the visible part, in px. */
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

  /**
   * Scrolls to an element. `place` is where it should appear: 0 at the top, 0.5 in the middle.
   *
   * @param {HTMLElement} element
   * @param {number} place
   */
  reveal(element, place) {
    const frame = this.#element.getBoundingClientRect();
    const { top, height } = element.getBoundingClientRect();
    const room = Math.max(frame.height - height, 0);
    this.#element.scrollTop += top - frame.top - room * place;
  }

  /**
   * Focuses an element and highlights it for a moment.
   *
   * @param {HTMLElement} element
   */
  highlight(element) {
    element.classList.remove("message-found");
    void element.offsetWidth; // forces a reflow, so that the animation starts again
    element.classList.add("message-found");
    element.addEventListener("blur", () => element.classList.remove("message-found"), { once: true });
    element.focus({ preventScroll: true });
  }

  /** @param {HTMLElement} element */
  shows(element) {
    const frame = this.#element.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return top >= frame.top && bottom <= frame.bottom;
  }

  /**
   * Runs a change of the list without moving what the user reads; with `stick`, stays at the bottom instead.
   *
   * @param {() => void} change
   * @param {{ stick: boolean }} options
   */
  keepPlace(change, { stick }) {
    if (stick) {
      change();
      this.toBottom();
      return;
    }
    const anchor = this.#firstShown();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) this.#element.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  /** The newest visible message, or undefined. */
  lastShown() {
    const { bottom } = this.#element.getBoundingClientRect();
    return [...this.#element.querySelectorAll(".message[data-seq]")].findLast(
      (element) => element.getBoundingClientRect().top + MIN_VISIBLE < bottom,
    );
  }

  /** The seq of the topmost visible message, or 0. */
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
