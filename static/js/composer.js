// The box one writes in: sends, keeps a draft, changes an earlier message.
import * as storage from "./storage.js";

const TELL_BELOW = 500; // characters left at which the count is shown

/** Events: "send" (detail.content), "change" (detail: {seq, content}), "recall" (Up in an empty box). */
export class Composer extends EventTarget {
  #form;
  #box;
  #hint;
  #editing;
  #draftKey;
  #limit;
  #seq = null; // of the message being changed

  constructor(form, { draftKey, limit }) {
    super();
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#hint = form.querySelector(".composer-hint");
    this.#editing = form.querySelector(".composer-editing");
    this.#draftKey = draftKey;
    this.#limit = limit;
    this.#fill(storage.read(draftKey) ?? "");
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    form.querySelector("#composer-leave").addEventListener("click", () => this.leaveEditing());
    if (matchMedia("(pointer: fine)").matches) this.focus();
  }

  focus() {
    if (!this.#form.hidden) this.#box.focus({ preventScroll: true });
  }

  edit(seq, content) {
    this.#seq = seq;
    this.#editing.hidden = false;
    this.#fill(content);
    this.#box.focus();
    this.#box.setSelectionRange(content.length, content.length);
  }

  leaveEditing() {
    this.#seq = null;
    this.#editing.hidden = true;
    this.#fill(storage.read(this.#draftKey) ?? "");
    this.focus();
  }

  /** A sentence under the box, until the next key. */
  complain(sentence) {
    this.#hint.textContent = sentence;
    this.#hint.classList.add("composer-hint-bad");
  }

  #typed() {
    if (this.#seq === null) {
      if (this.#box.value) storage.write(this.#draftKey, this.#box.value);
      else storage.remove(this.#draftKey);
    }
    this.#grow();
    this.#count();
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is choosing a word
    if (event.key === "Enter" && !event.shiftKey && matchMedia("(pointer: fine)").matches) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#seq !== null) {
      this.leaveEditing();
    } else if (event.key === "ArrowUp" && this.#seq === null && !this.#box.value) {
      event.preventDefault();
      this.dispatchEvent(new Event("recall"));
    }
  }

  #submit() {
    const content = this.#box.value.trim();
    if (!content) return;
    if (this.#left() < 0) {
      this.complain(`This is ${-this.#left()} characters too long for one message.`);
      return;
    }
    if (this.#seq !== null) {
      this.dispatchEvent(new CustomEvent("change", { detail: { seq: this.#seq, content } }));
      return;
    }
    storage.remove(this.#draftKey);
    this.#fill("");
    this.dispatchEvent(new CustomEvent("send", { detail: { content } }));
  }

  #fill(text) {
    this.#box.value = text;
    this.#grow();
    this.#count();
  }

  #left() {
    return this.#limit - [...this.#box.value.trim()].length;
  }

  #count() {
    const near = this.#box.value.length > this.#limit - TELL_BELOW;
    this.#hint.textContent = near ? `${this.#left()} characters left` : "";
    this.#hint.classList.toggle("composer-hint-bad", near && this.#left() < 0);
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
  }
}
