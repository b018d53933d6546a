// Announces new messages to screen readers, but not history, edits or reactions.
import { plainText } from "./trusted.js";

const MAX_READ_OUT = 3; // messages of a batch that are read out one by one; of more, only the number
const MAX_LINES = 10; // lines kept in the live region while they are read out

export class Announcer {
  #region;

  constructor(region, conversation) {
    this.#region = region;
    conversation.addEventListener("news", ({ detail }) => this.#announce(detail.messages));
    conversation.addEventListener("rewritten", ({ detail }) => this.#drop(detail.message.seq));
  }

  #announce(messages) {
    if (messages.length > MAX_READ_OUT) this.#addLine(`${messages.length} new messages`);
    else
      messages
        .filter((wire) => !wire.deleted)
        .forEach((wire) => this.#addLine(`${wire.display_name}: ${plainText(wire.html)}`, wire.seq));
  }

  /** Removes the announcement of a message whose text has changed. */
  #drop(seq) {
    this.#region.querySelector(`[data-of="${seq}"]`)?.remove();
  }

  #addLine(sentence, seq = "") {
    const line = document.createElement("p");
    line.dataset.of = seq;
    line.textContent = sentence;
    this.#region.append(line);
    while (this.#region.childElementCount > MAX_LINES) this.#region.firstElementChild.remove();
  }
}
