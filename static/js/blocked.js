// Folds the messages of people whom the reader has blocked. Loaded by pages of people who have blocked somebody.
import { gettext } from "./i18n.js";

/**
 * @param {HTMLElement} log
 * @param {number[]} ids of the blocked people
 */
export function foldBlocked(log, ids) {
  const blocked = new Set(ids.map(String));
  const fold = () => {
    for (const message of /** @type {HTMLCollectionOf<HTMLElement>} */ (log.children))
      if (blocked.has(message.dataset.userId ?? "") && !message.querySelector(":scope > .message-folded"))
        message.append(foldedLine(message));
  };
  fold();
  new MutationObserver(fold).observe(log, { childList: true });
}

/** @param {HTMLElement} message */
function foldedLine(message) {
  message.classList.add("message-blocked");
  const line = Object.assign(document.createElement("p"), { className: "message-folded" });
  const show = Object.assign(document.createElement("button"), { className: "link-button", type: "button" });
  show.textContent = gettext("Show");
  show.addEventListener("click", () => {
    message.classList.remove("message-blocked");
    line.hidden = true;
    message.focus();
  });
  line.append(gettext("Message from a person you have blocked"), " ", show);
  return line;
}
