// The composer: sends messages, with files or without, replies, edits earlier messages, and keeps drafts.
import { inFence } from "./code.js";
import { Completion } from "./completion.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { isComposing } from "./keys.js";
import { ReplyBar } from "./reply_bar.js";
import * as storage from "./storage.js";
/** @import { Source } from "./completion.js" */
/** @import { DraftFiles } from "./draft_files.js" */
/** @import { Drafts, Edit } from "./drafts.js" */
/** @import { Quote } from "./wire.js" */

const SHOW_COUNT_BELOW = 500; // remaining characters at which the counter appears
const SAVE_TIMEOUT = 30_000; // ms after which the page that was saving an edit is taken to be closed
const WAITING = gettext("Sends when the files are uploaded. Type or press Esc to cancel.");
const NO_FILES = gettext("Files can’t be scheduled yet: remove them, or send the message now.");
const FAILED = gettext("A file was not uploaded: retry or remove it.");

/**
 * Events: "send" (detail: {content, reply_to, attachments}), "change" (detail: {id, content}: an edit is to be saved), "emptied"
 * (detail.id: an edit removed all text), "discard" (detail.id: an edit was discarded), "recall" (Up was pressed in an
 * empty box), "typed" (detail.content: the text of the new message so far), "schedule" (detail: {content, reply_to}).
 */
export class Composer extends EventTarget {
  #form;
  #box;
  #hint;
  #drafts;
  #files;
  #limit;
  #completion;
  #replyBar;
  #storageKey; // under which this tab keeps the id of the message it is editing
  #editing; // message id, as in Drafts, or null
  /** @type {string | null} */
  #endedElsewhere = null; // id of the message whose edit in this tab was ended by another tab
  /** @type {string | null} */
  #shown = null; // the draft's text as last shown in the box
  #composing = false;
  #shiftHeld = false; // then Enter inserts a line break
  #waiting = false; // to send as soon as the files are uploaded
  #ask;
  #asking = false;

  /**
   * `quote` returns the quote of a message by its seq, for the reply bar: directly or as a promise. `ask` asks the user
   * whether to send a text; it returns null if there is no need to.
   *
   * @param {HTMLFormElement} form
   * @param {{
   *   drafts: Drafts,
   *   files: DraftFiles,
   *   storageKey: string,
   *   limit: number,
   *   sources: Source[],
   *   quote: (seq: number) => Quote | Promise<Quote>,
   *   ask: (content: string) => Promise<boolean> | null,
   * }} options
   */
  constructor(form, { drafts, files, storageKey, limit, sources, quote, ask }) {
    super();
    this.#ask = ask;
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#hint = form.querySelector(".composer-hint");
    this.#drafts = drafts;
    this.#files = files;
    this.#limit = limit;
    this.#storageKey = storageKey;
    this.#editing = storage.tab.read(storageKey);
    this.#completion = new Completion(this.#box, form.querySelector(".completion"), sources);
    this.#replyBar = new ReplyBar(form.querySelector(".composer-reply"), quote);
    this.#box.addEventListener("beforeinput", (event) => this.#beforeInput(event));
    this.#box.addEventListener("input", () => this.#handleInput());
    this.#box.addEventListener("keydown", (event) => this.#handleKey(event));
    this.#box.addEventListener("compositionstart", () => (this.#composing = true));
    this.#box.addEventListener("compositionend", () => (this.#composing = false));
    this.#box.addEventListener("focus", () => this.show());
    document.addEventListener("visibilitychange", () => this.show());
    drafts.addEventListener("changed", () => this.show());
    files.addEventListener("changed", () => this.#waiting && this.#sendIfUploaded());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    form.addEventListener("click", ({ target }) => this.#click(target.closest("button")?.dataset.do ?? ""));
    const early = this.#box.value; // typed before this script was loaded
    if (early) drafts.keep({ content: drafts.message.content + early });
    this.show();
    if (matchMedia("(pointer: fine)").matches) this.focus();
  }

  /** The id of the message being edited, or null. */
  get editing() {
    return this.#editing;
  }

  /**
   * Whether this tab is editing the message with this id, or was until another tab ended the edit.
   *
   * @param {string} id
   */
  wasEditing(id) {
    return id === this.#editing || id === this.#endedElsewhere;
  }

  /** Whether the box is empty and no edit is open. */
  get idle() {
    return !this.#editing && !this.#box.value;
  }

  focus() {
    if (!this.#form.hidden) this.#box.focus({ preventScroll: true });
  }

  /**
   * Adds files to the new message.
   *
   * @param {File[]} files
   */
  attach(files) {
    if (this.#editing)
      return this.showError(gettext("Finish editing first: files can only be attached to a new message."));
    this.#stopWaiting();
    const problem = this.#files.add(files);
    if (problem) this.showError(problem);
    if (matchMedia("(pointer: fine)").matches) this.focus();
  }

  /**
   * Starts a reply to the message with this seq. Text already typed is kept.
   *
   * @param {number} seq
   */
  reply(seq) {
    this.#suspendEdit();
    this.#drafts.keep({ reply: { seq } });
    this.show();
    this.#box.focus();
  }

  /**
   * Call when a message was edited or deleted; `quote` comes from quoteOfWire.
   *
   * @param {Quote} quote
   */
  messageChanged(quote) {
    this.#replyBar.messageChanged(quote);
  }

  /** Reloads the quote of the reply: changes to it may have been missed. */
  refreshReply() {
    this.#replyBar.refresh();
  }

  /**
   * Edits a message whose current text is `content` in this `version`, or resumes its edit. The new message's draft is
   * kept. A message that has files may lose all its text.
   *
   * @param {{ id: string, content: string, version?: number, hasFiles: boolean }} options
   */
  edit({ id, content, version, hasFiles }) {
    if (this.#editing !== id) this.#suspendEdit();
    const begun = this.#drafts.edit(id);
    if (!begun || begun.content === begun.base) this.#drafts.keepEdit(id, { content, base: content, version });
    else if (begun.base === content) this.#drafts.keepEdit(id, { version });
    else if (begun.content !== content) this.#drafts.keepEdit(id, { theirs: content });
    this.#drafts.keepEdit(id, { hasFiles });
    this.#resume(id);
  }

  /**
   * Call when the message being edited gets another id: its seq, once it is sent.
   *
   * @param {string} id
   * @param {string} newId
   */
  rename(id, newId) {
    if (this.#editing === id) this.#setEditing(newId);
  }

  /**
   * Shows an error below the box until the next key press.
   *
   * @param {string} sentence
   */
  showError(sentence) {
    this.showHint(sentence);
    this.#hint.classList.add("composer-hint-bad");
  }

  /** @param {string} sentence */
  showHint(sentence) {
    this.#hint.classList.remove("composer-hint-bad");
    this.#hint.textContent = sentence;
  }

  /** Updates the box and the bars from the drafts, which another tab may have changed. */
  show() {
    if (this.#editing && !this.#drafts.edit(this.#editing)) {
      this.#endedElsewhere = this.#editing; // another tab saved or discarded it
      this.#setEditing(null);
    }
    const { content, reply } = this.#drafts.message;
    const edit = this.#editing ? this.#drafts.edit(this.#editing) : null;
    this.#showBars(reply, edit);
    const text = edit ? edit.content : content;
    if (text === this.#shown || this.#composing) return;
    this.#box.value = this.#shown = text;
    this.#completion.close();
    this.#grow();
    this.#count();
  }

  /**
   * @param {{ seq: number } | null} reply
   * @param {Edit | null} edit
   */
  #showBars(reply, edit) {
    /** @param {string} name */
    const part = (name) => this.#form.querySelector(`.composer-${name}`);
    part("editing").hidden = !edit;
    part("files").hidden = part("attach").hidden = part("schedule").hidden = Boolean(edit);
    part("theirs").hidden = edit?.theirs === undefined;
    part("theirs-text").textContent = edit?.theirs ?? "";
    this.#replyBar.show(reply && !edit ? reply.seq : null);
    const unfinished = edit ? null : this.#unfinished;
    part("unfinished").hidden = !unfinished;
    const { content = "", problem } = unfinished ? this.#drafts.edit(unfinished) : {};
    part("unfinished-what").textContent = problem ? gettext("Edit not saved:") : gettext("Unfinished edit:");
    // Cleared without an unfinished edit: deleted text must not stay in the page.
    part("unfinished-excerpt").textContent = content;
  }

  /** The id of the newest unfinished edit that is not being saved, or undefined. */
  get #unfinished() {
    /** @param {string} id */
    const isSaving = (id) => Date.now() - (this.#drafts.edit(id)?.saving ?? 0) < SAVE_TIMEOUT;
    return this.#drafts.edited.filter((id) => !isSaving(id)).at(-1);
  }

  /** @param {string} id */
  #resume(id) {
    this.#stopWaiting();
    this.#drafts.keepEdit(id, { saving: undefined });
    this.#setEditing(id);
    this.show();
    this.#box.focus();
    this.#box.setSelectionRange(this.#box.value.length, this.#box.value.length);
  }

  /** @param {string | null} id */
  #setEditing(id) {
    this.#editing = id;
    storage.tab.write(this.#storageKey, id);
  }

  /** Closes the edit. Changes are kept and can be resumed. */
  #suspendEdit() {
    const edit = this.#editing && this.#drafts.edit(this.#editing);
    if (this.#editing && edit && edit.content === edit.base) this.#drafts.dropEdit(this.#editing);
    this.#setEditing(null);
  }

  /** @param {string} what */
  #click(what) {
    if (what === "leave") this.#cancel();
    else if (what === "continue") this.#resume(this.#unfinished);
    else if (what === "discard") this.#discard(this.#unfinished);
    else if (what === "schedule") this.#schedule();
  }

  /** Discards the edit, or else the reply's quote; the typed text is kept. */
  #cancel() {
    if (this.#editing) this.#discard(this.#editing);
    else this.#drafts.keep({ reply: null });
    this.show();
    this.focus();
  }

  /** @param {string} id */
  #discard(id) {
    this.#drafts.dropEdit(id);
    this.dispatchEvent(new CustomEvent("discard", { detail: { id } }));
    this.show();
    this.focus();
  }

  /** @param {InputEvent} event */
  #beforeInput(event) {
    if (event.isComposing) return;
    this.show(); // another tab may have changed the draft: typing must continue from its latest text
    // The Send key of a phone keyboard, which may fire no keydown with a name.
    if (event.inputType !== "insertLineBreak" || !this.#sends) return;
    event.preventDefault();
    this.#submit();
  }

  #handleInput() {
    this.#waiting = false;
    const content = (this.#shown = this.#box.value);
    if (this.#editing) {
      this.#drafts.keepEdit(this.#editing, { content });
    } else {
      this.#drafts.keep({ content });
      this.dispatchEvent(new CustomEvent("typed", { detail: { content } }));
    }
    this.#grow();
    this.#count();
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    this.#shiftHeld = event.shiftKey;
    if (isComposing(event)) return;
    if (this.#completion.handleKey(event)) return;
    if (event.key === "Enter" && this.#sends) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#waiting) {
      this.#stopWaiting();
    } else if (event.key === "Escape" && (this.#editing || this.#drafts.message.reply)) {
      this.#cancel();
    } else if (event.key === "ArrowUp" && this.idle) {
      event.preventDefault();
      this.dispatchEvent(new Event("recall"));
    }
  }

  /** Whether Enter sends. With Shift, and in an open code block, it inserts a line break instead. */
  get #sends() {
    return !this.#shiftHeld && !inFence(this.#box.value.slice(0, this.#box.selectionStart));
  }

  #submit() {
    this.show();
    if (this.#box.value !== this.#shown) this.#handleInput(); // set without an event, as browser extensions do
    const content = this.#content;
    const left = this.#left();
    if (left < 0) this.showError(tooLong(-left));
    else if (this.#editing) this.#save(content);
    else if (this.#files.unfinished) this.#sendIfUploaded();
    else this.#ifSure(content, () => this.#send(content));
  }

  /**
   * Acts if the user is sure; else the text stays in the box.
   *
   * @param {string} content
   * @param {() => void} act
   */
  #ifSure(content, act) {
    if (this.#asking) return;
    const sure = this.#ask(content);
    if (!sure) return act();
    this.#asking = true;
    sure.then((yes) => {
      this.#asking = false;
      if (yes) act();
      else this.focus();
    });
  }

  /** Sends once all files are uploaded; until then, says so. */
  #sendIfUploaded() {
    this.#waiting = this.#files.unfinished && !this.#files.failed;
    if (this.#files.failed) this.showError(FAILED);
    else if (this.#waiting) this.showHint(WAITING);
    else this.#submit();
  }

  #stopWaiting() {
    if (this.#waiting) this.showHint("");
    this.#waiting = false;
  }

  /** @param {string} content */
  #send(content) {
    const attachments = this.#files.take();
    if (!content && !attachments.length) return;
    this.showHint("");
    const { reply } = this.#drafts.message;
    this.#drafts.keep({ content: "", reply: null });
    this.show();
    this.dispatchEvent(new CustomEvent("send", { detail: { content, reply_to: reply?.seq, attachments } }));
  }

  #schedule() {
    const content = this.#content;
    if (this.#files.items.length) return this.showError(NO_FILES);
    if (this.#left() < 0) return this.showError(tooLong(-this.#left()));
    if (!content) return this.focus();
    const { reply } = this.#drafts.message;
    this.#ifSure(content, () => {
      this.dispatchEvent(new CustomEvent("schedule", { detail: { content, reply_to: reply?.seq } }));
    });
  }

  /** Empties the box, unless its text has changed. @param {string} content */
  clear(content) {
    if (this.#editing || this.#content !== content) return;
    this.#drafts.keep({ content: "", reply: null });
    this.show();
  }

  /**
   * Frees the box at once; the result of saving is shown at the message.
   *
   * @param {string} content
   */
  #save(content) {
    const id = /** @type {string} */ (this.#editing);
    const { base, hasFiles } = this.#drafts.edit(id);
    if (!content && !hasFiles) return this.dispatchEvent(new CustomEvent("emptied", { detail: { id } }));
    if (content === base) this.#drafts.dropEdit(id);
    else this.#drafts.keepEdit(id, { content, saving: Date.now() });
    this.#setEditing(null);
    this.show();
    if (content !== base) this.dispatchEvent(new CustomEvent("change", { detail: { id, content } }));
  }

  /** The text to send: without blank lines around it, but with the first line's indentation. */
  get #content() {
    return this.#box.value.replace(/^(\s*\n)+/, "").trimEnd();
  }

  #left() {
    return this.#limit - [...this.#content].length;
  }

  #count() {
    const near = this.#box.value.length > this.#limit - SHOW_COUNT_BELOW;
    const left = this.#left();
    const hint = ngettext("%(count)s character left", "%(count)s characters left", Math.abs(left));
    this.#hint.textContent = near ? interpolate(hint, { count: left }) : "";
    this.#hint.classList.toggle("composer-hint-bad", near && left < 0);
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
  }
}

/** @param {number} count */
function tooLong(count) {
  return interpolate(
    ngettext("Message too long: remove %(count)s character.", "Message too long: remove %(count)s characters.", count),
    { count },
  );
}
