// The emoji picker: a grid with a search field.
import { allEmoji, findEmoji } from "./emoji.js";
import { gettext } from "./i18n.js";
import { isComposing } from "./keys.js";
import { attachArrows, openBeside } from "./popover.js";

const MAX_SHOWN = 240;
const FIRST = "😀"; // faces are shown first, keycaps and arrows last

export class Picker {
  #popover;
  #search;
  #grid;
  /** @type {(emoji: string) => void} */
  #onChoose = () => {};

  /** @param {HTMLElement} popover */
  constructor(popover) {
    this.#popover = popover;
    this.#search = popover.querySelector("input");
    this.#grid = popover.querySelector(".picker-grid");
    this.#search.addEventListener("input", () => this.#fill());
    this.#search.addEventListener("keydown", (event) => this.#searchKey(event));
    this.#grid.addEventListener("click", (event) => {
      const emoji = event.target.closest("button")?.dataset.emoji;
      if (emoji) this.#choose(emoji);
    });
    attachArrows(this.#grid);
  }

  /**
   * Opens the picker at `anchor`. Calls `onChoose` with the chosen emoji, if any.
   *
   * @param {HTMLElement} anchor
   * @param {(emoji: string) => void} onChoose
   */
  async open(anchor, onChoose) {
    this.#onChoose = onChoose;
    this.#search.value = "";
    openBeside(this.#popover, anchor);
    this.#search.focus();
    await this.#fill();
  }

  async #fill() {
    const typed = this.#search.value.trim().replaceAll(":", "").replaceAll(" ", "_");
    const found = typed ? await findEmoji(typed, MAX_SHOWN) : (await commonFirst()).slice(0, MAX_SHOWN);
    const nothing = Object.assign(document.createElement("p"), {
      className: "picker-none",
      textContent: gettext("No results"),
    });
    this.#grid.replaceChildren(...(found.length ? found.map(([emoji, name]) => button(emoji, name)) : [nothing]));
    if (found.length) this.#grid.querySelector("button").tabIndex = 0; // the arrow keys reach the others
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    const first = this.#grid.querySelector("button");
    if (!first || isComposing(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(first.dataset.emoji);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      first.focus();
    }
  }

  /** @param {string} emoji */
  #choose(emoji) {
    this.#popover.hidePopover();
    this.#onChoose(emoji);
  }
}

async function commonFirst() {
  const all = await allEmoji();
  return [...all.filter(([emoji]) => emoji >= FIRST), ...all.filter(([emoji]) => emoji < FIRST)];
}

/**
 * @param {string} emoji
 * @param {string} name
 */
function button(emoji, name) {
  const spoken = name.replaceAll("_", " ");
  const made = Object.assign(document.createElement("button"), {
    type: "button",
    textContent: emoji,
    title: spoken,
    tabIndex: -1,
  });
  made.setAttribute("aria-label", spoken);
  made.dataset.emoji = emoji;
  return made;
}
