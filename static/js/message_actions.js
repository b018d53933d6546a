// The actions on a message: from its buttons, its menu and the keyboard.
import { attachmentsOf } from "./attachments.js";
import { copyText } from "./clipboard.js";
import { Dialogs } from "./dialogs.js";
import { gettext, interpolate } from "./i18n.js";
import { loadScript } from "./lazy.js";
import { clearError, showError } from "./message_errors.js";
import { openCard } from "./person_links.js";
import { attachArrows, openBeside } from "./popover.js";
import { Action } from "./protocol.js";
import { quoteOf } from "./quotes.js";
import { isAmong, reactionsOf, renderReactions, toggled } from "./reactions.js";
import { showToast } from "./toast.js";
import { attachTools } from "./tools.js";
/** @import { Composer } from "./composer.js" */
/** @import { Conversation } from "./conversation.js" */
/** @import { Edits } from "./edits.js" */
/** @import { Picker } from "./picker.js" */
/** @import { Reading } from "./reading.js" */
/** @import { RequestError, Socket } from "./socket.js" */
/** @import { ActionFrame, Page, Quote, Reaction } from "./wire.js" */

/** @type {Record<string, string>} */
const KEYS = { r: "reply", e: "edit", "+": "pick" };
/** @param {string} id */
const element = (id) => document.getElementById(id);

export class MessageActions {
  #page;
  #socket;
  #composer;
  #edits;
  #conversation;
  #reading;
  #log = element("log");
  #menu = element("message-menu");
  /** @type {HTMLElement | null} */
  #message = null; // the message whose menu is open
  /** @type {Picker | undefined} */
  #picker; // loaded when it is first opened
  #dialogs;

  /**
   * @param {{
   *   page: Page,
   *   socket: Socket,
   *   composer: Composer,
   *   edits: Edits,
   *   conversation: Conversation,
   *   reading: Reading,
   * }} options
   */
  constructor({ page, socket, composer, edits, conversation, reading }) {
    this.#page = page;
    this.#socket = socket;
    this.#composer = composer;
    this.#edits = edits;
    this.#conversation = conversation;
    this.#reading = reading;
    this.#dialogs = new Dialogs(page.room.name);
    attachTools(this.#log, element("message-tools"), {
      allowed: (message) => this.#allowed(message),
      act: (what, message, button) => this.#act(what, message, button),
    });
    this.#log.addEventListener("click", (event) => this.#click(event));
    attachArrows(this.#menu);
    this.#menu.addEventListener("click", (event) => {
      const { do: what, emoji } = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset ?? {};
      if ((!what && !emoji) || !this.#message) return;
      this.#menu.hidePopover();
      if (emoji) this.#react(this.#message, emoji);
      else this.#act(what, this.#message, this.#message);
    });
  }

  /**
   * Deletes a message after confirmation; `onConfirm` is called first.
   *
   * @param {number} seq
   * @param {(() => void)} [onConfirm]
   */
  remove(seq, onConfirm) {
    const message = element(`message-${seq}`);
    const act = async () => {
      onConfirm?.();
      const problem = await this.#request({ action: Action.DELETE_MESSAGE, seq });
      this.#showResult(
        message,
        "delete",
        problem && interpolate(gettext("Not deleted. %(problem)s"), { problem }),
        act,
      );
    };
    this.#dialogs.confirmDeletion(act);
  }

  /**
   * Deletes one file of a message, after its user has chosen and confirmed it.
   *
   * @param {HTMLElement} message
   */
  #removeFile(message) {
    const seq = Number(message.dataset.seq);
    /** @param {string} attachment_id */
    const act = async (attachment_id) => {
      const problem = await this.#request({ action: Action.DELETE_ATTACHMENT, seq, attachment_id });
      this.#showResult(
        message,
        "file",
        problem && interpolate(gettext("File not deleted. %(problem)s"), { problem }),
        () => act(attachment_id),
      );
    };
    this.#dialogs.chooseFile(attachmentsOf(message), act);
  }

  focusComposer() {
    this.#composer.focus();
  }

  /** Shows the keyboard shortcuts. */
  showShortcuts() {
    /** @type {HTMLDialogElement} */ (element("keys")).showModal();
  }

  /**
   * Call when a message was edited or deleted; `quote` comes from quoteOfWire.
   *
   * @param {Quote} quote
   */
  messageChanged(quote) {
    this.#dialogs.messageChanged(quote);
  }

  /**
   * Handles a key on a message; returns false if it has no meaning there.
   *
   * @param {string} key
   * @param {HTMLElement} message
   */
  handleKey(key, message) {
    if (key === "Enter") return this.#openMenu(message, message.querySelector(".message-bubble"));
    const what = KEYS[key];
    if (!what || !this.#allowed(message).includes(what)) return false;
    this.#act(what, message, message.querySelector(".message-bubble"));
    return true;
  }

  /**
   * The names of the actions that the user may take on a message.
   *
   * @param {HTMLElement} message
   */
  #allowed(message) {
    if (message.matches(".message-pending")) return [];
    const { role, may_moderate: moderates, room } = this.#page;
    const deleted = message.matches(".message-deleted");
    const own = message.matches(".message-own");
    const mayWrite = role && !room.closed && !deleted;
    return [
      ...(mayWrite ? ["pick", "reply"] : []),
      ...(mayWrite && own ? ["edit"] : []),
      ...(mayWrite && (own || moderates) ? ["delete"] : []),
      ...(mayWrite && (own || moderates) && attachmentsOf(message).length ? ["file"] : []),
      ...(this.#mayPin && !room.closed && !deleted ? [message.matches(".message-pinned") ? "unpin" : "pin"] : []),
      ...(deleted ? [] : [message.matches(".message-saved") ? "unsave" : "save", "remind"]),
      "link",
      ...(message.querySelector(".message-body").textContent.trim() ? ["text"] : []),
      ...(message.querySelector(".message-author[href]") ? ["profile"] : []),
      ...(role ? ["unread"] : []),
      ...(role && !deleted ? ["task"] : []),
      ...(own || deleted ? [] : ["report"]),
      "keys",
      ...(moderates && message.matches(".message-edited") && !deleted ? ["revisions"] : []),
    ];
  }

  /**
   * @param {string} what
   * @param {HTMLElement} message
   * @param {HTMLElement} anchor
   */
  #act(what, message, anchor) {
    const seq = Number(message.dataset.seq);
    /** @type {Record<string, () => unknown>} */
    const acts = {
      more: () => this.#openMenu(message, anchor),
      pick: () => this.#pick(message, anchor),
      reply: () => this.#composer.reply(seq),
      edit: () => this.#edits.begin(message),
      delete: () => this.remove(seq),
      file: () => this.#removeFile(message),
      pin: () => this.#pin(message, Action.PIN_MESSAGE),
      unpin: () => this.#pin(message, Action.UNPIN_MESSAGE),
      save: () => this.#save(message, Action.SAVE_MESSAGE, gettext("Saved for later")),
      unsave: () => this.#save(message, Action.UNSAVE_MESSAGE, gettext("Removed from saved")),
      remind: async () => (await loadScript("remind"))?.openReminder({ roomName: this.#page.room.name, seq }),
      link: () => copyText(new URL(`?message=${seq}`, location.href.split(/[?#]/)[0]).href, gettext("Link copied")),
      text: () => copyText(message.querySelector(".message-body").innerText.trim(), gettext("Text copied")),
      profile: () => openCard(message.querySelector(".message-author"), this.#page.room.name),
      unread: () => this.#markUnread(seq),
      task: () => this.#dialogs.createTask(quoteOf(message)),
      report: async () => (await loadScript("report"))?.openReport(this.#page.room.name, seq),
      keys: () => this.showShortcuts(),
      revisions: () => this.#dialogs.showRevisions(message),
    };
    acts[what]();
  }

  /**
   * @param {HTMLElement} message
   * @param {HTMLElement} anchor
   */
  #openMenu(message, anchor) {
    const allowed = this.#allowed(message);
    if (!allowed.length) return false;
    this.#message = message;
    for (const item of this.#menu.querySelectorAll("[data-do]")) item.hidden = !allowed.includes(item.dataset.do);
    this.#menu.querySelector(".menu-emoji").hidden = !allowed.includes("pick");
    openBeside(this.#menu, anchor);
    [...this.#menu.querySelectorAll("button")].find((button) => button.offsetParent)?.focus();
    return true;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const link = event.target.closest("a");
    const reaction = event.target.closest(".reaction");
    if (reaction) this.#react(/** @type {HTMLElement} */ (reaction.closest(".message")), reaction.dataset.emoji);
    const seq = link && this.#seqOf(link);
    if (!seq || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#conversation.show(seq);
  }

  /**
   * The seq of the message in this room that a link leads to, or NaN.
   *
   * @param {HTMLAnchorElement} link
   */
  #seqOf(link) {
    const { origin, pathname, searchParams } = new URL(link.href || location.href);
    const here = link.hasAttribute("href") && origin === location.origin && pathname === location.pathname;
    return here ? Number(searchParams.get("message") ?? NaN) : NaN;
  }

  /**
   * Opens the emoji picker for a reaction.
   *
   * @param {HTMLElement} message
   * @param {HTMLElement} anchor
   */
  async #pick(message, anchor) {
    const script = await loadScript("emoji-picker");
    if (!script) return;
    this.#picker ??= /** @type {Picker} */ (new script.Picker(element("emoji-picker")));
    this.#picker.open(anchor, (emoji) => this.#react(message, emoji));
  }

  /**
   * @param {HTMLElement} message
   * @param {string} emoji
   */
  async #react(message, emoji) {
    if (!this.#page.role) return showToast(gettext("Join the room to react."));
    const before = reactionsOf(message);
    const mine = isAmong(before.find((reaction) => reaction.emoji === emoji)?.people ?? [], this.#page);
    const { seq, version } = message.dataset;
    /** @param {Reaction[]} reactions */
    const show = (reactions) => this.#conversation.keepPlace(() => renderReactions(message, reactions, this.#page));
    show(toggled(before, emoji, this.#page));
    const problem = await this.#request({
      action: mine ? Action.REMOVE_REACTION : Action.ADD_REACTION,
      seq: Number(seq),
      emoji,
    });
    if (problem && message.dataset.version === version) show(before);
    const failed = interpolate(
      mine ? gettext("Reaction not removed. %(problem)s") : gettext("Reaction not added. %(problem)s"),
      { problem: problem ?? "" },
    );
    this.#showResult(message, "react", problem && failed, () => this.#react(message, emoji));
  }

  /** Whether the user may pin messages; the server decides by the same rule (rooms/selectors/pins.py). */
  get #mayPin() {
    const { role, may_moderate: moderates, room } = this.#page;
    return moderates || (role && (room.kind === "direct" || room.pinning === "members"));
  }

  /**
   * @param {HTMLElement} message
   * @param {string} action
   */
  async #pin(message, action) {
    const problem = await this.#request({ action, seq: Number(message.dataset.seq) });
    this.#showResult(message, "pin", problem, () => this.#pin(message, action));
  }

  /**
   * @param {HTMLElement} message
   * @param {string} action
   * @param {string} sentence
   */
  async #save(message, action, sentence) {
    const problem = await this.#request({ action, seq: Number(message.dataset.seq) });
    showToast(problem || sentence);
  }

  /** @param {number} seq */
  async #markUnread(seq) {
    try {
      await this.#reading.markUnread(seq);
    } catch (error) {
      showToast(/** @type {RequestError} */ (error).message);
    }
  }

  /**
   * Sends a request; returns "" on success, or the error's sentence.
   *
   * @param {ActionFrame} frame
   */
  async #request(frame) {
    try {
      await this.#socket.act({ room_name: this.#page.room.name, ...frame });
      return "";
    } catch (error) {
      return /** @type {RequestError} */ (error).message;
    }
  }

  /**
   * Shows at the message why an action failed; without a sentence, removes an earlier failure.
   *
   * @param {HTMLElement} message
   * @param {string} what
   * @param {string} sentence
   * @param {() => void} retry
   */
  #showResult(message, what, sentence, retry) {
    if (!message) return sentence && showToast(sentence);
    this.#conversation.keepPlace(() => {
      if (sentence)
        showError(message, what, {
          sentence,
          choices: [
            [gettext("Retry"), retry],
            [gettext("Dismiss"), () => this.#composer.focus()],
          ],
        });
      else clearError(message, what);
    });
  }
}
