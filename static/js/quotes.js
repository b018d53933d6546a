// The quote above a reply: author and excerpt, with a link to the original message.
import { attachmentsOf, namesOf } from "./attachments.js";
import { gettext } from "./i18n.js";
import { plainText } from "./trusted.js";
/** @import { MessageWire, Quote } from "./wire.js" */

const MAX_EXCERPT = 140; // characters, as on the server
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("quote-template"));

/**
 * `original` is the message's `reply_to`; undefined removes the quote.
 *
 * @param {HTMLElement} element
 * @param {Quote} [original]
 */
export function renderQuote(element, original) {
  const bubble = element.querySelector(".message-bubble");
  let quote = bubble.querySelector(":scope > .message-quote");
  if (!original) {
    quote?.remove();
    return;
  }
  if (!quote) {
    quote = template.content.firstElementChild.cloneNode(true);
    bubble.prepend(quote);
  }
  quote.setAttribute("href", `?message=${original.seq}`);
  quote.dataset.original = String(original.seq);
  quote.dataset.authorId = String(original.user_id ?? "");
  quote.querySelector(".message-quote-author").textContent = original.display_name;
  setText(quote, original);
}

/**
 * Updates all quotes of a message.
 *
 * @param {HTMLElement} log
 * @param {MessageWire} wire
 */
export function updateQuotes(log, wire) {
  const quotes = log.querySelectorAll(`.message-quote[data-original="${wire.seq}"]`);
  for (const quote of quotes) setText(quote, quoteOfWire(wire));
}

/**
 * The quote that a reply to a message shows: its text, or else the names of its files.
 *
 * @param {MessageWire} wire
 */
export function quoteOfWire({ seq, user_id, user_name, display_name, deleted, html, attachments }) {
  const excerpt = shortened(plainText(html) || namesOf(attachments));
  return { seq, user_id, user_name, display_name, deleted: Boolean(deleted), excerpt };
}

/**
 * The same, from the message's element.
 *
 * @param {HTMLElement} element
 */
export function quoteOf(element) {
  return {
    seq: Number(element.dataset.seq),
    user_id: element.dataset.userId ? Number(element.dataset.userId) : null,
    user_name: element.dataset.user,
    display_name: element.querySelector(".message-author").textContent,
    deleted: element.classList.contains("message-deleted"),
    excerpt: shortened(element.querySelector(".message-body").textContent.trim() || namesOf(attachmentsOf(element))),
  };
}

/**
 * @param {HTMLElement} quote
 * @param {Quote} original
 */
function setText(quote, { deleted, excerpt = "" }) {
  quote.classList.toggle("message-quote-deleted", Boolean(deleted));
  quote.querySelector(".message-quote-text").textContent = deleted ? gettext("This message was deleted.") : excerpt;
}

/** @param {string} words */
function shortened(words) {
  const text = [...words.replace(/\s+/g, " ").trim()];
  return text.length > MAX_EXCERPT
    ? `${text
        .slice(0, MAX_EXCERPT - 1)
        .join("")
        .trimEnd()}…`
    : text.join("");
}
