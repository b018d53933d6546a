// The box one writes in: sends, answers a message, edits an earlier one, keeps what is not sent yet.
import { inFence } from "./code.js";
import { Completion } from "./completion.js";
import { isComposing } from "./keys.js";
import { ReplyBar } from "./reply_bar.js";
import * as storage from "./storage.js";

const TELL_BELOW = 500; // characters left at which the count is shown
const SAVED_WITHIN = 30_000; // ms, or the page that was saving an edit is no more

/**
 * Events: "send" (detail: {content, reply_to}), "change" (detail: {id, content}, of an edit), "emptied" (detail.id: an
 * edit left nothing of a message), "discard" (detail.id: an edit is thrown away), "recall" (Up in an empty box), "typed"
 * (detail.content: what a new message says so far).
 */
export class Composer extends EventTarget {
  #form;
  #box;
  #hint;
  #drafts;
  #limit;
  #completion;
  #replyBar;
  #place; // where this tab keeps what it is editing: each its own
  #editing; // the id of a message, as in Drafts, or null
  #seen = null; // what the drafts said, when last looked at, of what is in the box
  #composing = false;
  #breaking = false; // Shift is down: Enter breaks the line

  /** `quote` gives what of a message is shown while it is being answered, by its seq: at once, or as a promise. */
  constructor(form, { drafts, place, limit, sources, quote }) {
    super();
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#hint = form.querySelector(".composer-hint");
    this.#drafts = drafts;
    this.#limit = limit;
    this.#place = place;
    this.#editing = storage.tab.read(place);
    this.#completion = new Completion(this.#box, form.querySelector(".completion"), sources);
    this.#replyBar = new ReplyBar(form.querySelector(".composer-reply"), quote);
    this.#box.addEventListener("beforeinput", (event) => this.#beforeInput(event));
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    this.#box.addEventListener("compositionstart", () => (this.#composing = true));
    this.#box.addEventListener("compositionend", () => (this.#composing = false));
    this.#box.addEventListener("focus", () => this.show());
    document.addEventListener("visibilitychange", () => this.show());
    drafts.addEventListener("changed", () => this.show());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    form.addEventListener("click", ({ target }) => this.#click(target.closest("button")?.dataset.do));
    const early = this.#box.value; // typed before this script was there
    if (early) drafts.keep({ content: drafts.message.content + early });
    this.show();
    if (matchMedia("(pointer: fine)").matches) this.focus();
  }

  /** The id of the message being edited, or null. */
  get editing() {
    return this.#editing;
  }

  /** Whether nothing is being written. */
  get idle() {
    return !this.#editing && !this.#box.value;
  }

  focus() {
    if (!this.#form.hidden) this.#box.focus({ preventScroll: true });
  }

  /** Answer the message of this seq. What is written already stays. */
  reply(seq) {
    this.#leaveEdit();
    this.#drafts.keep({ reply: { seq } });
    this.show();
    this.#box.focus();
  }

  /** A message says something else now; `quote` is what quoteOfWire gives of it. */
  rewritten(quote) {
    this.#replyBar.rewritten(quote);
  }

  /** What was missed may have changed what is being answered. */
  renewReply() {
    this.#replyBar.renew();
  }

  /** Edit a message that says `content` in this `version`, or go on with it. What is written already waits. */
  edit({ id, content, version }) {
    if (this.#editing !== id) this.#leaveEdit();
    const begun = this.#drafts.edit(id);
    if (!begun || begun.content === begun.base) this.#drafts.keepEdit(id, { content, base: content, version });
    else if (begun.base === content) this.#drafts.keepEdit(id, { version });
    else if (begun.content !== content) this.#drafts.keepEdit(id, { theirs: content });
    this.#goOn(id);
  }

  /** The message of an edit has another id now. */
  rename(id, newId) {
    if (this.#editing === id) this.#setEditing(newId);
  }

  /** A sentence under the box, until the next key. */
  complain(sentence) {
    this.note(sentence);
    this.#hint.classList.add("composer-hint-bad");
  }

  note(sentence) {
    this.#hint.textContent = sentence;
  }

  /** Bring box and bars in line with the drafts, which another tab may have changed. */
  show() {
    if (this.#editing && !this.#drafts.edit(this.#editing)) this.#setEditing(null); // another tab has saved or left it
    const { content, reply } = this.#drafts.message;
    const edit = this.#editing ? this.#drafts.edit(this.#editing) : null;
    this.#showBars(reply, edit);
    const text = edit ? edit.content : content;
    if (text === this.#seen || this.#composing) return;
    this.#box.value = this.#seen = text;
    this.#completion.close();
    this.#grow();
    this.#count();
  }

  #showBars(reply, edit) {
    const part = (name) => this.#form.querySelector(`.composer-${name}`);
    part("editing").hidden = !edit;
    part("theirs").hidden = edit?.theirs === undefined;
    part("theirs-text").textContent = edit?.theirs ?? "";
    this.#replyBar.show(reply && !edit ? reply.seq : null);
    const waiting = edit ? null : this.#unfinished;
    part("unfinished").hidden = !waiting;
    const { content = "", problem } = waiting ? this.#drafts.edit(waiting) : {};
    part("unfinished-what").textContent = problem ? "Edit not saved:" : "Unfinished edit:";
    part("unfinished-excerpt").textContent = content; // nothing, when it is no more: nor is what was taken back
  }

  /** The id of the newest edit that was begun and is not being saved, or undefined. */
  get #unfinished() {
    const saved = (id) => Date.now() - (this.#drafts.edit(id)?.saving ?? 0) < SAVED_WITHIN;
    return this.#drafts.edited.filter((id) => !saved(id)).at(-1);
  }

  #goOn(id) {
    this.#drafts.keepEdit(id, { saving: undefined });
    this.#setEditing(id);
    this.show();
    this.#box.focus();
    this.#box.setSelectionRange(this.#box.value.length, this.#box.value.length);
  }

  #setEditing(id) {
    this.#editing = id;
    storage.tab.write(this.#place, id);
  }

  /** Put the edit aside: what was changed is kept, and can be gone on with. */
  #leaveEdit() {
    const edit = this.#editing && this.#drafts.edit(this.#editing);
    if (edit && edit.content === edit.base) this.#drafts.dropEdit(this.#editing);
    this.#setEditing(null);
  }

  #click(what) {
    if (what === "leave") this.#leave();
    else if (what === "continue") this.#goOn(this.#unfinished);
    else if (what === "discard") this.#discard(this.#unfinished);
  }

  /** Throw the edit away, or else the quote of a reply, whose words stay. */
  #leave() {
    if (this.#editing) this.#discard(this.#editing);
    else this.#drafts.keep({ reply: null });
    this.show();
    this.focus();
  }

  #discard(id) {
    this.#drafts.dropEdit(id);
    this.dispatchEvent(new CustomEvent("discard", { detail: { id } }));
    this.show();
    this.focus();
  }

  #beforeInput(event) {
    if (event.isComposing) return;
    this.show(); // what is typed is added to what there is, not to what this tab last heard of
    // What the key that says Send does on a phone, where it may come without a name.
    if (event.inputType !== "insertLineBreak" || !this.#sends) return;
    event.preventDefault();
    this.#submit();
  }

  #typed() {
    const content = (this.#seen = this.#box.value);
    if (this.#editing) {
      this.#drafts.keepEdit(this.#editing, { content });
    } else {
      this.#drafts.keep({ content });
      this.dispatchEvent(new CustomEvent("typed", { detail: { content } }));
    }
    this.#grow();
    this.#count();
  }

  #key(event) {
    this.#breaking = event.shiftKey;
    if (isComposing(event)) return;
    if (this.#completion.takesKey(event)) return;
    if (event.key === "Enter" && this.#sends) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && (this.#editing || this.#drafts.message.reply)) {
      this.#leave();
    } else if (event.key === "ArrowUp" && this.idle) {
      event.preventDefault();
      this.dispatchEvent(new Event("recall"));
    }
  }

  /** Whether Enter sends now: it breaks the line with Shift, and in a block of code that is not closed yet. */
  get #sends() {
    return !this.#breaking && !inFence(this.#box.value.slice(0, this.#box.selectionStart));
  }

  #submit() {
    this.show();
    if (this.#box.value !== this.#seen) this.#typed(); // put there without an event, as extensions do
    const content = this.#content;
    const left = this.#left();
    if (left < 0) this.complain(`This is ${-left} characters too long for one message.`);
    else if (this.#editing) this.#save(content);
    else if (content) this.#send(content);
  }

  #send(content) {
    const { reply } = this.#drafts.message;
    this.#drafts.keep({ content: "", reply: null });
    this.show();
    this.dispatchEvent(new CustomEvent("send", { detail: { content, reply_to: reply?.seq } }));
  }

  /** The box is free at once: how the saving goes on is told beside the message. */
  #save(content) {
    const id = this.#editing;
    const { base } = this.#drafts.edit(id);
    if (!content) return this.dispatchEvent(new CustomEvent("emptied", { detail: { id } }));
    if (content === base) this.#drafts.dropEdit(id);
    else this.#drafts.keepEdit(id, { content, saving: Date.now() });
    this.#setEditing(null);
    this.show();
    if (content !== base) this.dispatchEvent(new CustomEvent("change", { detail: { id, content } }));
  }

  /** What is to be sent: without empty lines around it, but with the first one's indentation. */
  get #content() {
    return this.#box.value.replace(/^(\s*\n)+/, "").trimEnd();
  }

  #left() {
    return this.#limit - [...this.#content].length;
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
