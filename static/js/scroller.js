// Where the reader is in the list: at the bottom and kept there, or reading and left in peace.
const NEAR = 100; // px from the bottom that still count as there
const FETCH_WITHIN = 600; // px from the top at which older messages are fetched

export class Scroller {
  #scroller;
  #button;
  #unseen = 0;
  #older;

  /** `older` fetches older messages; it resolves to whether there may be more. */
  constructor(scroller, button, older) {
    this.#scroller = scroller;
    this.#button = button;
    this.#older = older;
    scroller.addEventListener("scroll", () => this.#moved(), { passive: true });
    button.addEventListener("click", () => this.toBottom());
  }

  // The scroller is a reversed column: 0 is the bottom, and upwards is negative.
  get atBottom() {
    return -this.#scroller.scrollTop < NEAR;
  }

  toBottom() {
    this.#scroller.scrollTop = 0;
    this.#count(0);
  }

  /** Change the list without moving what is being read. `change` returns how many of the messages are news. */
  keepPlace(change) {
    if (this.atBottom) {
      change();
      this.toBottom();
      return;
    }
    const anchor = this.#firstVisible();
    const before = anchor?.getBoundingClientRect().top;
    const news = change();
    if (anchor?.isConnected) this.#scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    this.#count(this.#unseen + news);
  }

  /** Fetch older messages while the top is near. */
  async fillUpwards() {
    if (!this.#older) return;
    const older = this.#older;
    this.#older = null; // one at a time
    let more = true;
    while (more && this.#aboveView() < FETCH_WITHIN) more = await older();
    if (more) this.#older = older;
  }

  #aboveView() {
    const { scrollHeight, clientHeight, scrollTop } = this.#scroller;
    return scrollHeight - clientHeight + scrollTop;
  }

  #moved() {
    if (this.atBottom) this.#count(0);
    if (this.#aboveView() < FETCH_WITHIN) this.fillUpwards();
  }

  #firstVisible() {
    const top = this.#scroller.getBoundingClientRect().top;
    for (const element of this.#scroller.querySelectorAll(".message")) {
      if (element.getBoundingClientRect().bottom > top) return element;
    }
    return null;
  }

  #count(unseen) {
    this.#unseen = unseen;
    this.#button.hidden = unseen === 0;
    if (unseen) this.#button.textContent = unseen === 1 ? "1 new message" : `${unseen} new messages`;
  }
}
