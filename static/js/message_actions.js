// What can be done with a message: from the buttons at it, from its menu, by keys.
import { Dialogs } from "./dialogs.js";
import { Picker } from "./picker.js";
import { attachArrows, openBeside } from "./popover.js";
import { Action } from "./protocol.js";
import { quoteOf } from "./quotes.js";
import { isAmong, reactionsOf, renderReactions, toggled } from "./reactions.js";
import { say } from "./saying.js";
import { attachTools } from "./tools.js";
import { clearTrouble, showTrouble } from "./troubles.js";

const KEYS = { r: "reply", e: "edit", "+": "pick" };
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
  #message = null; // whose menu is open
  #picker = new Picker(element("emoji-picker"));
  #dialogs;

  constructor({ page, socket, composer, edits, conversation, reading }) {
    this.#page = page;
    this.#socket = socket;
    this.#composer = composer;
    this.#edits = edits;
    this.#conversation = conversation;
    this.#reading = reading;
    this.#dialogs = new Dialogs(page.room.name);
    attachTools(this.#log, element("message-tools"), {
      may: (message) => this.#may(message),
      act: (what, message, button) => this.#act(what, message, button),
    });
    this.#log.addEventListener("click", (event) => this.#click(event));
    attachArrows(this.#menu);
    this.#menu.addEventListener("click", (event) => {
      const { do: what, emoji } = event.target.closest("button")?.dataset ?? {};
      if (!what && !emoji) return;
      this.#menu.hidePopover();
      if (emoji) this.#react(this.#message, emoji);
      else this.#act(what, this.#message, this.#message);
    });
  }

  /** Delete a message, if one means it; `begin` is called then. */
  remove(seq, begin) {
    const message = element(`message-${seq}`);
    const act = async () => {
      begin?.();
      const sentence = await this.#ask({ action: Action.DELETE_MESSAGE, seq });
      this.#tell(message, "delete", sentence && `Not deleted. ${sentence}`, act);
    };
    this.#dialogs.confirmDeletion(act);
  }

  leave() {
    this.#composer.focus();
  }

  /** Which keys there are. */
  help() {
    element("keys").showModal();
  }

  /** A message says something else now; `quote` is what quoteOfWire gives of it. */
  rewritten(quote) {
    this.#dialogs.rewritten(quote);
  }

  /** Do what a key means on a message; false when it means nothing. */
  key(key, message) {
    if (key === "Enter") return this.#openMenu(message, message.querySelector(".message-bubble"));
    const what = KEYS[key];
    if (!what || !this.#may(message).includes(what)) return false;
    this.#act(what, message, message.querySelector(".message-bubble"));
    return true;
  }

  #may(message) {
    if (message.matches(".message-pending")) return [];
    const { role, may_moderate: moderates, room } = this.#page;
    const deleted = message.matches(".message-deleted");
    const own = message.matches(".message-own");
    const writes = role && !room.closed && !deleted;
    return [
      ...(writes ? ["pick", "reply"] : []),
      ...(writes && own ? ["edit"] : []),
      ...(writes && (own || moderates) ? ["delete"] : []),
      "link",
      ...(deleted ? [] : ["text"]),
      ...(role ? ["unread"] : []),
      ...(role && !deleted ? ["task"] : []),
      "keys",
      ...(moderates && message.matches(".message-edited") && !deleted ? ["revisions"] : []),
    ];
  }

  #act(what, message, anchor) {
    const seq = Number(message.dataset.seq);
    const acts = {
      more: () => this.#openMenu(message, anchor),
      pick: () => this.#picker.open(anchor, (emoji) => this.#react(message, emoji)),
      reply: () => this.#composer.reply(seq),
      edit: () => this.#edits.begin(message),
      delete: () => this.remove(seq),
      link: () => this.#copy(new URL(`?message=${seq}`, location.href.split(/[?#]/)[0]).href, "Link copied"),
      text: () => this.#copy(message.querySelector(".message-body").innerText.trim(), "The text is copied."),
      unread: () => this.#rewind(seq),
      task: () => this.#dialogs.makeTask(quoteOf(message)),
      keys: () => this.help(),
      revisions: () => this.#dialogs.showRevisions(message),
    };
    acts[what]();
  }

  #openMenu(message, anchor) {
    const allowed = this.#may(message);
    if (!allowed.length) return false;
    this.#message = message;
    for (const item of this.#menu.querySelectorAll("[data-do]")) item.hidden = !allowed.includes(item.dataset.do);
    this.#menu.querySelector(".menu-emoji").hidden = !allowed.includes("pick");
    openBeside(this.#menu, anchor);
    [...this.#menu.querySelectorAll("button")].find((button) => button.offsetParent).focus();
    return true;
  }

  #click(event) {
    const link = event.target.closest("a");
    const reaction = event.target.closest(".reaction");
    if (reaction) this.#react(reaction.closest(".message"), reaction.dataset.emoji);
    const seq = link && this.#seqOf(link);
    if (!seq || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#conversation.show(seq);
  }

  /** The place in this room that a link leads to, or NaN. */
  #seqOf(link) {
    const { origin, pathname, searchParams } = new URL(link.href || location.href);
    const here = link.hasAttribute("href") && origin === location.origin && pathname === location.pathname;
    return here ? Number(searchParams.get("message") ?? NaN) : NaN;
  }

  async #react(message, emoji) {
    if (!this.#page.role) return say("Join the room to react.");
    const before = reactionsOf(message);
    const mine = isAmong(before.find((reaction) => reaction.emoji === emoji)?.people ?? [], this.#page);
    const { seq, version } = message.dataset;
    const show = (reactions) => this.#conversation.keepPlace(() => renderReactions(message, reactions, this.#page));
    show(toggled(before, emoji, this.#page));
    const sentence = await this.#ask({
      action: mine ? Action.REMOVE_REACTION : Action.ADD_REACTION,
      seq: Number(seq),
      emoji,
    });
    if (sentence && message.dataset.version === version) show(before);
    const failed = `${mine ? "Reaction not removed." : "Reaction not added."} ${sentence}`;
    this.#tell(message, "react", sentence && failed, () => this.#react(message, emoji));
  }

  async #rewind(seq) {
    try {
      await this.#reading.rewind(seq);
    } catch (error) {
      say(error.message);
    }
  }

  async #copy(text, sentence) {
    try {
      await navigator.clipboard.writeText(text);
      say(sentence);
    } catch {
      say("The browser did not allow copying.");
    }
  }

  /** "" when the server did it, or the sentence why not. */
  async #ask(frame) {
    try {
      await this.#socket.act({ room_name: this.#page.room.name, ...frame });
      return "";
    } catch (error) {
      return error.message;
    }
  }

  /** Say beside the message that something could not be done with it, or that it has been, with no sentence. */
  #tell(message, what, sentence, again) {
    if (!message) return sentence && say(sentence);
    this.#conversation.keepPlace(() => {
      if (sentence)
        showTrouble(message, what, {
          sentence,
          choices: [
            ["Retry", again],
            ["Dismiss", () => this.#composer.focus()],
          ],
        });
      else clearTrouble(message, what);
    });
  }
}
