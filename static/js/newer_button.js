// The button above the composer that shows how many new messages are below, and jumps to them.
import { gettext, interpolate, ngettext } from "./i18n.js";

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
    this.#button.textContent = this.#unseen ? newMessages(this.#unseen) : gettext("Jump to latest");
  }
}

/** @param {number} count */
export function newMessages(count) {
  return interpolate(ngettext("%(count)s new message", "%(count)s new messages", count), { count });
}
