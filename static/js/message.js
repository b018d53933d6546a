// Renders a message from its wire form, with the server's own template (templates/rooms/_message.html).
import { renderAttachments } from "./attachments.js";
import { showAvatar } from "./avatar.js";
import { openBlocks, prepareCode } from "./code_blocks.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { prepareLinks } from "./links.js";
import { personPath } from "./person_links.js";
import { showPreviews } from "./preview_loader.js";
import { quoteOf, renderQuote } from "./quotes.js";
import { renderReactions } from "./reactions.js";
import { showTime } from "./times.js";
import { setSanitisedHtml } from "./trusted.js";
/** @import { Item } from "./outbox.js" */
/** @import { MessageWire, Person } from "./wire.js" */

/** @typedef {Person & { user_id: number, saved: Set<number> }} Me the reader, with the seqs of what they saved */

const template = /** @type {HTMLTemplateElement} */ (document.getElementById("message-template"));
const failureTemplate = /** @type {HTMLTemplateElement} */ (document.getElementById("failure-template"));

function newElement() {
  return template.content.firstElementChild.cloneNode(true);
}

/**
 * Whether `me` wrote a message. Compares ids: a name may belong to somebody else by now, or to a guest.
 *
 * @param {{ user_id: number | null }} wire
 * @param {Me} me
 */
export function isOwn({ user_id }, me) {
  return user_id !== null && user_id === me.user_id;
}

/**
 * Renders a message as `me` sees it, into a new element or by updating `element`.
 *
 * @param {MessageWire} wire
 * @param {Me} me
 * @param {HTMLElement} [element]
 */
export function renderMessage(wire, me, element = newElement()) {
  const own = isOwn(wire, me);
  element.id = `message-${wire.seq}`;
  element.dataset.seq = String(wire.seq);
  element.dataset.version = String(wire.version);
  setAuthor(element, wire, own);
  setCreated(element, wire.created_at);
  if (own) element.dataset.content = wire.content;
  element.classList.remove("message-pending", "message-failed");
  element.querySelector(".message-failure")?.remove();
  element.classList.toggle("message-guest", Boolean(wire.guest));
  element.classList.toggle("message-gone", wire.user_id === null && !wire.guest);
  element.classList.toggle("message-edited", Boolean(wire.edited_at));
  element.classList.toggle("message-deleted", Boolean(wire.deleted));
  element.classList.toggle("message-saved", me.saved.has(wire.seq));
  renderPin(element, wire.pinned);
  renderTasks(element, wire);
  renderQuote(element, wire.reply_to);
  const open = openBlocks(element);
  setSanitisedHtml(element.querySelector(".message-body"), wire.html);
  enhanceBody(element, open);
  renderAttachments(element, wire.attachments);
  showPreviews(element, wire.previews ?? []);
  const forMe = showMentions(element, me) || Boolean(wire.reply_to && isOwn(wire.reply_to, me));
  element.classList.toggle("message-mention", forMe && !own);
  renderReactions(element, wire.reactions, me);
  return element;
}

/**
 * Renders the user's own message before the server has acknowledged it: its text as typed, and its files.
 * `original` is the message it replies to.
 *
 * @param {Item} item
 * @param {Me} me
 * @param {HTMLElement} [original]
 */
export function renderPending(item, me, original) {
  const element = newElement();
  element.classList.add("message-pending");
  element.dataset.clientId = item.client_id;
  delete element.dataset.seq;
  setAuthor(element, me, true);
  setCreated(element, new Date(item.at).toISOString());
  renderPendingText(element, item.edited ?? item.content);
  renderAttachments(element, item.attachments ?? []);
  if (original) renderQuote(element, quoteOf(original));
  if (item.failed) renderFailure(element, item.failed);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} content
 */
export function renderPendingText(element, content) {
  element.dataset.content = content;
  element.querySelector(".message-body").textContent = content;
}

/**
 * @param {HTMLElement} element
 * @param {string} sentence
 */
export function renderFailure(element, sentence) {
  element.querySelector(".message-failure")?.remove();
  element.classList.add("message-failed");
  element.append(failureTemplate.content.cloneNode(true));
  element.querySelector(".message-failure-text").textContent = interpolate(gettext("Not sent. %(problem)s"), {
    problem: sentence,
  });
}

/**
 * Adds to a message's HTML what the page needs. Parts that scroll sideways become focusable by keyboard. The name of the
 * author does not: it would be one more stop for each message, and the menu leads to the profile, too.
 *
 * @param {HTMLElement} element
 * @param {number[]} [open] the indices of blocks of code that are unfolded
 */
export function enhanceBody(element, open) {
  prepareLinks(element);
  prepareCode(element, open);
  element.querySelector(".message-author").tabIndex = -1;
  for (const part of element.querySelectorAll(".message-body :is(pre, table)")) part.tabIndex = 0;
}

/**
 * @param {HTMLElement} element
 * @param {MessageWire["pinned"]} pinned
 */
function renderPin(element, pinned) {
  element.classList.toggle("message-pinned", Boolean(pinned));
  const name = element.querySelector(".message-pinned-mark bdi");
  name.dataset.userId = String(pinned?.by?.user_id ?? "");
  name.textContent = pinned?.by?.display_name ?? gettext("a deleted account");
}

/**
 * Shows whether the tasks of a message are done, with a link to them.
 *
 * @param {HTMLElement} element
 * @param {MessageWire} wire
 */
function renderTasks(element, { room_name, seq, open_tasks }) {
  element.querySelector(".message-task-mark")?.remove();
  if (open_tasks === undefined) return;
  const mark = document.createElement("a");
  mark.className = "message-task-mark";
  mark.href = `/tasks/?room=${room_name}&message=${seq}`;
  const open = interpolate(ngettext("Open task", "%(count)s open tasks", open_tasks), { count: open_tasks });
  mark.textContent = open_tasks ? open : gettext("✓ Task done");
  element.querySelector(".message-bubble").append(mark);
}

/**
 * @param {HTMLElement} element
 * @param {Person} person
 * @param {boolean} own
 */
function setAuthor(element, { user_id, user_name, display_name, avatar }, own) {
  element.dataset.user = user_name;
  element.dataset.userId = String(user_id ?? "");
  element.classList.toggle("message-own", own);
  showAvatar(element.querySelector(".avatar"), { user_id, user_name, display_name, avatar });
  const author = element.querySelector(".message-author");
  author.textContent = display_name;
  author.title = `@${user_name}`;
  if (user_id) author.setAttribute("href", personPath(user_name));
  else author.removeAttribute("href");
}

/**
 * @param {HTMLElement} element
 * @param {string} createdAt
 */
function setCreated(element, createdAt) {
  element.dataset.created = createdAt;
  const time = /** @type {HTMLTimeElement} */ (element.querySelector(".message-time"));
  time.dateTime = createdAt;
  showTime(time, new Date(createdAt));
}

/**
 * Makes mentions of people links and highlights those of the reader; returns whether there are any of these, or of
 * everybody.
 *
 * @param {HTMLElement} element
 * @param {Me} me
 */
function showMentions(element, me) {
  for (const mention of element.querySelectorAll(".message-body .mention[data-user]")) {
    const link = document.createElement("a");
    link.className = "mention";
    link.classList.toggle("mention-me", mention.dataset.userId === String(me.user_id));
    link.href = personPath(mention.dataset.user);
    Object.assign(link.dataset, mention.dataset);
    link.textContent = mention.textContent;
    mention.replaceWith(link);
  }
  return Boolean(element.querySelector(".message-body :is(.mention-me, .mention[data-mention])"));
}
