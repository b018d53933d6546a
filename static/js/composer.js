// The box one writes in: sends, answers a message, changes an earlier one, keeps what is not sent yet.
import { Completion } from "./completion.js";
import { Draft } from "./draft.js";
import { ReplyBar } from "./reply_bar.js";

const TELL_BELOW = 500; // characters left at which the count is shown

/**
 * Events: "send" (detail: {content, reply_to}), "change" (detail: {seq, content}), "recall" (Up in an empty box),
 * "typed" (detail.content: what a new message says so far).
 */
export class Composer extends EventTarget {
  #form;
  #box;
  #hint;
  #draft;
  #limit;
  #completion;
  #replyBar;

  /** `quote` gives what of a message is shown while it is being answered, by its seq: at once, or as a promise. */
  constructor(form, { draftKey, limit, sources, quote }) {
    super();
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#hint = form.querySelector(".composer-hint");
    this.#draft = new Draft(draftKey);
    this.#limit = limit;
    this.#completion = new Completion(this.#box, form.querySelector(".completion"), sources);
    this.#replyBar = new ReplyBar(form.querySelector(".composer-reply"), quote);
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    for (const button of form.querySelectorAll(".composer-leave")) button.addEventListener("click", () => this.leave());
    const early = this.#box.value; // typed before this script was there
    if (early) this.#draft.keep({ content: this.#draft.content + early });
    this.#show();
    if (matchMedia("(pointer: fine)").matches) this.focus();
  }

  focus() {
    if (!this.#form.hidden) this.#box.focus({ preventScroll: true });
  }

  /** Answer the message of this seq. What is written already stays. */
  reply(seq) {
    this.#draft.keep({ reply: { seq }, edit: null });
    this.#show();
    this.#box.focus();
  }

  /** Change a message; what is written already waits. */
  edit(seq, content) {
    this.#draft.keep({ edit: { seq, content, was: content } });
    this.#show();
    this.#box.focus();
    this.#box.setSelectionRange(content.length, content.length);
  }

  /** The seq of the message being changed, or undefined. */
  get editing() {
    return this.#draft.edit?.seq;
  }

  /** A message says something else now; `quote` is what quoteOfWire gives of it. */
  rewritten(quote) {
    this.#replyBar.rewritten(quote);
    const { edit, content } = this.#draft;
    if (!quote.deleted || edit?.seq !== quote.seq) return;
    // What was typed is kept, though not what was taken back.
    const typed = edit.content === edit.was ? "" : edit.content;
    this.#draft.keep({ edit: null, content: content || typed });
    this.#show();
    this.complain("The message you were editing was deleted.");
  }

  /** What was missed may have changed what is being answered. */
  renewReply() {
    this.#replyBar.renew();
  }

  leaveEditing() {
    this.#draft.keep({ edit: null });
    this.#show();
    this.focus();
  }

  /** Leave the change, or else the reply; the text of a reply stays. */
  leave() {
    if (!this.#draft.edit) this.#draft.keep({ reply: null });
    this.leaveEditing();
  }

  /** A sentence under the box, until the next key. */
  complain(sentence) {
    this.#hint.textContent = sentence;
    this.#hint.classList.add("composer-hint-bad");
  }

  #typed() {
    const content = this.#box.value;
    if (this.#draft.edit) {
      this.#draft.keep({ edit: { ...this.#draft.edit, content } });
    } else {
      this.#draft.keep({ content });
      this.dispatchEvent(new CustomEvent("typed", { detail: { content } }));
    }
    this.#grow();
    this.#count();
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is choosing a word
    if (this.#completion.takesKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && matchMedia("(pointer: fine)").matches) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && (this.#draft.edit || this.#draft.reply)) {
      this.leave();
    } else if (event.key === "ArrowUp" && !this.#draft.edit && !this.#box.value) {
      event.preventDefault();
      this.dispatchEvent(new Event("recall"));
    }
  }

  #submit() {
    const content = this.#box.value.trim();
    const { edit, reply } = this.#draft;
    if (!content) return;
    if (this.#left() < 0) {
      this.complain(`This is ${-this.#left()} characters too long for one message.`);
    } else if (edit) {
      this.dispatchEvent(new CustomEvent("change", { detail: { seq: edit.seq, content } }));
    } else {
      this.#draft.keep({ content: "", reply: null });
      this.#show();
      this.dispatchEvent(new CustomEvent("send", { detail: { content, reply_to: reply?.seq } }));
    }
  }

  /** Bring box and bars in line with the draft. */
  #show() {
    const { content, reply, edit } = this.#draft;
    this.#form.querySelector(".composer-editing").hidden = !edit;
    this.#replyBar.show(reply && !edit ? reply.seq : null);
    this.#box.value = edit ? edit.content : content;
    this.#completion.close();
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
