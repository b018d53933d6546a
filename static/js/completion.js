// Completes the word at the caret from a list above the text box: names after @, emoji after a colon.
import { inCode } from "./code.js";
import { interpolate, ngettext } from "./i18n.js";

/**
 * @typedef {{ text: string, label: string, about: string, picture: Node }} Option
 * @typedef {object} Source
 * @property {RegExp} pattern
 * @property {(typed: string) => boolean} marks
 * @property {(typed: string, limit: number) => AsyncGenerator<Option[]>} find
 */

const MAX_OPTIONS = 8;
const NONE = -1;

/**
 * A source has three members. `pattern` matches its word, with the leading @ or colon, at the end of the text before
 * the caret; group 1 is what follows that character. `marks(typed)` tells whether the first option is selected at once,
 * so that Enter takes it. `find(typed, limit)` is an async generator of lists of options; each list replaces the
 * previous one. An option is {text, label, about, picture}: `text` replaces the word, `picture` is an element. Nothing
 * is completed in code.
 */
export class Completion {
  #box;
  #list;
  #count;
  #sources;
  /** @type {Option[]} */
  #options = [];
  #selected = NONE; // index of the option that Enter takes
  #start = 0; // index of the word's first character
  #searches = 0;
  /** @type {number | null} */
  #declined = null; // start of the word for which Escape closed the list
  #spaceAt = NONE; // caret position after a space that was inserted with a word

  /**
   * @param {HTMLTextAreaElement} box
   * @param {HTMLElement} frame
   * @param {Source[]} sources
   */
  constructor(box, frame, sources) {
    this.#box = box;
    this.#list = frame.querySelector("[role=listbox]");
    this.#count = frame.querySelector("[role=status]");
    this.#sources = sources;
    box.addEventListener("input", (event) => event.isComposing || this.#update());
    box.addEventListener("compositionend", () => this.#update());
    box.addEventListener("beforeinput", (event) => this.#skipSpace(event));
    box.addEventListener("blur", () => this.close());
    document.addEventListener("selectionchange", () => this.#options.length && this.#update());
    this.#list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    this.#list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      const index = [...this.#list.children].findIndex((each) => each === option);
      if (index >= 0) this.#take(index);
    });
  }

  close() {
    this.#searches++;
    this.#hide();
  }

  #hide() {
    this.#options = [];
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#count.textContent = "";
    this.#box.removeAttribute("aria-activedescendant");
    this.#box.removeAttribute("aria-controls");
  }

  /**
   * Handles a key; tells whether the list used it.
   *
   * @param {KeyboardEvent} event
   */
  handleKey(event) {
    if (!this.#options.length || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "ArrowDown") this.#select(this.#selected + 1);
    else if (event.key === "ArrowUp") this.#select(Math.max(this.#selected, 0) - 1);
    else if (event.key === "Tab" && !event.shiftKey) this.#take(Math.max(this.#selected, 0));
    else if (event.key === "Enter" && !event.shiftKey && this.#wouldChange()) this.#take(this.#selected);
    else if (event.key === "Escape") this.#decline();
    else return false;
    event.preventDefault();
    return true;
  }

  /** Whether taking the selected option would change the text. */
  #wouldChange() {
    const typed = this.#box.value.slice(this.#start, this.#box.selectionStart);
    return this.#selected !== NONE && this.#options[this.#selected].text !== typed;
  }

  async #update() {
    const search = ++this.#searches;
    const before = this.#box.value.slice(0, this.#box.selectionStart);
    for (const source of inCode(before) ? [] : this.#sources) {
      const match = source.pattern.exec(before);
      if (!match) continue;
      if (match.index === this.#declined) return;
      for await (const options of source.find(match[1], MAX_OPTIONS)) {
        if (search !== this.#searches) return; // the text has changed in the meantime
        this.#start = match.index;
        this.#show(options, source.marks(match[1]) ? 0 : NONE);
      }
      return;
    }
    this.#declined = null;
    this.close();
  }

  /**
   * @param {Option[]} options
   * @param {number} selected
   */
  #show(options, selected) {
    if (!options.length) return this.#hide();
    this.#options = options;
    this.#list.replaceChildren(...options.map(renderOption));
    this.#list.hidden = false;
    const count = options.length;
    this.#count.textContent = interpolate(ngettext("%(count)s suggestion", "%(count)s suggestions", count), { count });
    this.#box.setAttribute("aria-controls", this.#list.id);
    this.#selected = NONE;
    this.#box.removeAttribute("aria-activedescendant");
    if (selected !== NONE) this.#select(selected);
  }

  /** @param {number} index */
  #select(index) {
    this.#selected = (index + this.#options.length) % this.#options.length;
    [...this.#list.children].forEach((option, place) => (option.ariaSelected = String(place === this.#selected)));
    const option = this.#list.children[this.#selected];
    option.scrollIntoView({ block: "nearest" });
    this.#box.setAttribute("aria-activedescendant", option.id);
  }

  #decline() {
    this.#declined = this.#start;
    this.close();
  }

  /** @param {number} index */
  #take(index) {
    const { text } = this.#options[index];
    const end = this.#box.selectionStart;
    const spaced = this.#box.value[end] === " "; // then the existing space is used, with the caret after it
    this.#box.setRangeText(`${text} `, this.#start, spaced ? end + 1 : end, "end");
    this.close();
    this.#box.focus();
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#spaceAt = this.#box.selectionStart;
  }

  /**
   * Drops a space typed directly after the one that was inserted with a word.
   *
   * @param {InputEvent} event
   */
  #skipSpace(event) {
    const { selectionStart, selectionEnd } = this.#box;
    if (event.data === " " && selectionStart === this.#spaceAt && selectionEnd === this.#spaceAt)
      event.preventDefault();
    this.#spaceAt = NONE;
  }
}

/**
 * @param {Option} option
 * @param {number} place
 */
function renderOption({ label, about, picture }, place) {
  const option = document.createElement("li");
  option.id = `completion-${place}`;
  option.role = "option";
  const name = document.createElement("bdi");
  name.textContent = label;
  const more = document.createElement("small");
  more.dir = "auto"; // a username keeps its @ in front
  more.textContent = about;
  option.append(picture, name, more);
  return option;
}
