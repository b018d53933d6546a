// Announces new messages to screen readers, but not history, edits or reactions.
import { namesOf } from "./attachments.js";
import { newMessages } from "./newer_button.js";
import { plainText } from "./trusted.js";
/** @import { Conversation } from "./conversation.js" */
/** @import { MessageWire } from "./wire.js" */

const MAX_READ_OUT = 3; // messages of a batch that are read out one by one; of more, only the number
const MAX_LINES = 10; // lines kept in the live region while they are read out

export class Announcer {
  #region;

  /**
   * @param {HTMLElement} region
   * @param {Conversation} conversation
   */
  constructor(region, conversation) {
    this.#region = region;
    conversation.addEventListener("news", ({ detail }) => this.#announce(detail.messages));
    conversation.addEventListener("rewritten", ({ detail }) => this.#drop(detail.message.seq));
  }

  /** @param {MessageWire[]} messages */
  #announce(messages) {
    if (messages.length > MAX_READ_OUT) this.#addLine(newMessages(messages.length));
    else
      messages
        .filter((wire) => !wire.deleted)
        .forEach((wire) => this.#addLine(`${wire.display_name}: ${spoken(wire)}`, wire.seq));
  }

  /**
   * Removes the announcement of a message whose text has changed.
   *
   * @param {number | string} seq
   */
  #drop(seq) {
    this.#region.querySelector(`[data-of="${seq}"]`)?.remove();
  }

  /**
   * @param {string} sentence
   * @param {number | string} [seq]
   */
  #addLine(sentence, seq = "") {
    const line = document.createElement("p");
    line.dataset.of = String(seq);
    line.textContent = sentence;
    this.#region.append(line);
    while (this.#region.childElementCount > MAX_LINES) this.#region.firstElementChild?.remove();
  }
}

/** @param {MessageWire} wire */
function spoken({ html, attachments }) {
  return [plainText(html), namesOf(attachments)].filter(Boolean).join(" ");
}
