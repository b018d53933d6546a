// Completes a word at the caret from a list above the box: names after @, emoji after a colon.
import { inCode } from "./code.js";

const SHOWN = 8;
const NONE = -1;

/**
 * A source has `pattern`, which finds its word, mark included, at the end of the text before the caret (group 1 is what
 * was typed after the mark); `marks(typed)`, whether Enter takes the first option, or only one that was chosen; and
 * `find(typed, limit)`, an async generator of options, each list in place of the one before. An option is {text, label,
 * about, picture}: `text` is put in the word's place, `picture` is an element. In code nothing is completed.
 */
export class Completion {
  #box;
  #list;
  #count;
  #sources;
  #options = [];
  #at = NONE; // the option that Enter takes
  #start = 0; // where the word begins
  #searches = 0;
  #declined = null; // the start of a word that Escape closed the list on
  #spaceAt = NONE; // the caret, behind a space that was put there with a word

  constructor(box, frame, sources) {
    this.#box = box;
    this.#list = frame.querySelector("[role=listbox]");
    this.#count = frame.querySelector("[role=status]");
    this.#sources = sources;
    box.addEventListener("input", (event) => event.isComposing || this.#look());
    box.addEventListener("compositionend", () => this.#look());
    box.addEventListener("beforeinput", (event) => this.#space(event));
    box.addEventListener("blur", () => this.close());
    document.addEventListener("selectionchange", () => this.#options.length && this.#look());
    this.#list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    this.#list.addEventListener("click", (event) => {
      const index = [...this.#list.children].indexOf(event.target.closest("[role=option]"));
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

  /** Whether the key was for the list. */
  takesKey(event) {
    if (!this.#options.length || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "ArrowDown") this.#mark(this.#at + 1);
    else if (event.key === "ArrowUp") this.#mark(Math.max(this.#at, 0) - 1);
    else if (event.key === "Tab" && !event.shiftKey) this.#take(Math.max(this.#at, 0));
    else if (event.key === "Enter" && !event.shiftKey && this.#completes()) this.#take(this.#at);
    else if (event.key === "Escape") this.#decline();
    else return false;
    event.preventDefault();
    return true;
  }

  /** Whether Enter has something to take that does not stand there already. */
  #completes() {
    const typed = this.#box.value.slice(this.#start, this.#box.selectionStart);
    return this.#at !== NONE && this.#options[this.#at].text !== typed;
  }

  async #look() {
    const search = ++this.#searches;
    const before = this.#box.value.slice(0, this.#box.selectionStart);
    for (const source of inCode(before) ? [] : this.#sources) {
      const match = source.pattern.exec(before);
      if (!match) continue;
      if (match.index === this.#declined) return;
      for await (const options of source.find(match[1], SHOWN)) {
        if (search !== this.#searches) return; // something else was typed meanwhile
        this.#start = match.index;
        this.#show(options, source.marks(match[1]) ? 0 : NONE);
      }
      return;
    }
    this.#declined = null;
    this.close();
  }

  #show(options, marked) {
    if (!options.length) return this.#hide();
    this.#options = options;
    this.#list.replaceChildren(...options.map(renderOption));
    this.#list.hidden = false;
    this.#count.textContent = options.length === 1 ? "1 suggestion" : `${options.length} suggestions`;
    this.#box.setAttribute("aria-controls", this.#list.id);
    this.#at = NONE;
    this.#box.removeAttribute("aria-activedescendant");
    if (marked !== NONE) this.#mark(marked);
  }

  #mark(index) {
    this.#at = (index + this.#options.length) % this.#options.length;
    [...this.#list.children].forEach((option, place) => (option.ariaSelected = String(place === this.#at)));
    const marked = this.#list.children[this.#at];
    marked.scrollIntoView({ block: "nearest" });
    this.#box.setAttribute("aria-activedescendant", marked.id);
  }

  #decline() {
    this.#declined = this.#start;
    this.close();
  }

  #take(index) {
    const { text } = this.#options[index];
    const end = this.#box.selectionStart;
    const spaced = this.#box.value[end] === " "; // then the caret goes behind that one
    this.#box.setRangeText(`${text} `, this.#start, spaced ? end + 1 : end, "end");
    this.close();
    this.#box.focus();
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#spaceAt = this.#box.selectionStart;
  }

  /** The space that is typed after a word is the one that stands there. */
  #space(event) {
    const { selectionStart, selectionEnd } = this.#box;
    if (event.data === " " && selectionStart === this.#spaceAt && selectionEnd === this.#spaceAt)
      event.preventDefault();
    this.#spaceAt = NONE;
  }
}

function renderOption({ label, about, picture }, place) {
  const option = document.createElement("li");
  option.id = `completion-${place}`;
  option.role = "option";
  const name = document.createElement("bdi");
  name.textContent = label;
  const more = document.createElement("small");
  more.textContent = about;
  option.append(picture, name, more);
  return option;
}
