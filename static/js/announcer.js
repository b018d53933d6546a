// Tells a screen reader of new messages: of these alone, not of history, edits and reactions.
import { setSanitisedHtml } from "./trusted.js";

const AT_MOST = 3; // of those that come at once, said one by one
const KEPT = 10; // sentences, while they are read out

export class Announcer {
  #region;

  constructor(region, conversation) {
    this.#region = region;
    conversation.addEventListener("news", ({ detail }) => this.#tell(detail.messages));
  }

  #tell(messages) {
    if (messages.length > AT_MOST) this.#say(`${messages.length} new messages`);
    else messages.filter((wire) => !wire.deleted).forEach((wire) => this.#say(`${wire.display_name}: ${plain(wire.html)}`));
  }

  #say(sentence) {
    const line = document.createElement("p");
    line.textContent = sentence;
    this.#region.append(line);
    while (this.#region.childElementCount > KEPT) this.#region.firstElementChild.remove();
  }
}

function plain(html) {
  const holder = document.createElement("template");
  setSanitisedHtml(holder, html);
  return holder.content.textContent.replace(/\s+/g, " ").trim();
}
