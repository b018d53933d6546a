// Tells a screen reader of new messages: of these alone, not of history, edits and reactions.
import { plainText } from "./trusted.js";

const AT_MOST = 3; // of those that come at once, said one by one
const KEPT = 10; // sentences, while they are read out

export class Announcer {
  #region;

  constructor(region, conversation) {
    this.#region = region;
    conversation.addEventListener("news", ({ detail }) => this.#tell(detail.messages));
    conversation.addEventListener("rewritten", ({ detail }) => this.#drop(detail.message.seq));
  }

  #tell(messages) {
    if (messages.length > AT_MOST) this.#say(`${messages.length} new messages`);
    else
      messages
        .filter((wire) => !wire.deleted)
        .forEach((wire) => this.#say(`${wire.display_name}: ${plainText(wire.html)}`, wire.seq));
  }

  /** What has been told of a message is no longer what it says. */
  #drop(seq) {
    this.#region.querySelector(`[data-of="${seq}"]`)?.remove();
  }

  #say(sentence, seq = "") {
    const line = document.createElement("p");
    line.dataset.of = seq;
    line.textContent = sentence;
    this.#region.append(line);
    while (this.#region.childElementCount > KEPT) this.#region.firstElementChild.remove();
  }
}
