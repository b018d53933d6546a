// Previews of links in messages, and the messages of this server that links lead to.
import { callApi } from "./api.js";
import { LANGUAGE, gettext, interpolate } from "./i18n.js";
import { showToast } from "./toast.js";
import { parseOwnPage } from "./trusted.js";
/** @import { Conversation } from "./conversation.js" */
/** @import { Preview } from "./wire.js" */

const MAX_LINKED = 3; // messages shown below one
const DISTANCE = "800px"; // from the visible part, within which linked messages are fetched
const ROOM = /^\/rooms\/([a-z0-9._-]+)\/$/;
const log = document.getElementById("log");
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("preview-template"));
/** @type {Map<string, Promise<Element | null>>} */
const linked = new Map(); // by address

/** @type {Promise<unknown> | undefined} */
let styled; // when the style sheet is there
/** @type {IntersectionObserver | undefined} */
let nearby;

/**
 * Shows the previews of a message without moving what the reader sees; without `previews`, those that its element has
 * are kept.
 *
 * @param {HTMLElement} element
 * @param {Preview[] | undefined} previews
 * @param {string} style
 * @param {Conversation} conversation
 */
export async function show(element, previews, style, conversation) {
  const { version } = element.dataset;
  nearby ??= start(conversation);
  styled ??= load(style);
  await styled;
  if (element.dataset.version !== version) return; // its next state is shown next
  if (previews) conversation.keepPlace(() => render(element, previews));
  if (addressesIn(element).length) nearby.observe(element);
  else element.querySelector(".message-linked")?.remove();
}

/**
 * Handles clicks, and returns the observer that shows linked messages where the reader gets near them.
 *
 * @param {Conversation} conversation
 */
function start(conversation) {
  log.addEventListener("click", ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest(".preview-remove");
    if (button) remove(/** @type {HTMLElement} */ (button));
  });
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        showLinked(/** @type {HTMLElement} */ (target), conversation);
      }
    },
    { root: document.getElementById("scroller"), rootMargin: DISTANCE },
  );
  return observer;
}

/** @param {string} address */
async function load(address) {
  if (document.querySelector(`link[href="${address}"]`)) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  const loaded = new Promise((resolve) => (link.onload = link.onerror = resolve));
  document.head.append(link);
  await loaded;
}

/**
 * @param {HTMLElement} element
 * @param {Preview[]} previews
 */
function render(element, previews) {
  const row = rowOf(element, "previews-of-links", gettext("Link previews"), previews.length > 0);
  row?.replaceChildren(...previews.map(newCard));
}

/**
 * The list for previews of that kind in a message. It is made if it is `needed`, and otherwise removed.
 *
 * @param {HTMLElement} element
 * @param {string} kind
 * @param {string} label
 * @param {boolean} needed
 */
function rowOf(element, kind, label, needed) {
  const row = element.querySelector(`.${kind}`);
  if (!needed) row?.remove();
  if (row || !needed) return needed ? row : null;
  const made = document.createElement("ul");
  made.className = `message-previews ${kind}`;
  made.ariaLabel = label;
  element.querySelector(".message-files").after(made);
  return made;
}

/** @param {Preview} preview */
function newCard({ id, url, title, site, description, picture }) {
  const card = document.importNode(template.content.firstElementChild, true);
  card.dataset.preview = String(id);
  card.querySelector(".preview-site").textContent = site;
  const link = /** @type {HTMLAnchorElement} */ (card.querySelector(".preview-title"));
  link.href = url;
  link.textContent = title;
  const text = card.querySelector(".preview-description");
  text.textContent = description;
  if (!description) text.remove();
  const image = /** @type {HTMLImageElement} */ (card.querySelector(".preview-picture"));
  if (picture) Object.assign(image, { width: picture.width, height: picture.height, src: picture.url });
  else image.remove();
  card.querySelector(".preview-remove").ariaLabel = interpolate(gettext("Remove preview of %(title)s"), { title });
  return card;
}

/** @param {HTMLElement} button */
async function remove(button) {
  const { preview } = /** @type {HTMLElement} */ (button.closest(".preview")).dataset;
  const { seq } = /** @type {HTMLElement} */ (button.closest(".message")).dataset;
  const room = ROOM.exec(location.pathname)?.[1];
  try {
    await callApi("DELETE", `rooms/${room}/messages/${seq}/previews/${preview}/`);
  } catch (error) {
    showToast(/** @type {Error} */ (error).message);
  }
}

/**
 * The addresses of the cards of the messages on this server that a message links to.
 *
 * @param {HTMLElement} element
 */
function addressesIn(element) {
  const addresses = new Set();
  for (const link of element.querySelectorAll(".message-body a[href]:not(blockquote a)")) {
    const { origin, pathname, searchParams } = new URL(/** @type {HTMLAnchorElement} */ (link).href);
    const seq = searchParams.get("message") ?? "";
    if (origin === location.origin && ROOM.test(pathname) && /^[1-9]\d{0,17}$/.test(seq))
      addresses.add(`${pathname}messages/${seq}/`);
  }
  return /** @type {string[]} */ ([...addresses].slice(0, MAX_LINKED));
}

/**
 * @param {HTMLElement} element
 * @param {Conversation} conversation
 */
async function showLinked(element, conversation) {
  const addresses = addressesIn(element);
  const cards = await Promise.all(addresses.map(fetchCard));
  if (String(addressesIn(element)) !== String(addresses)) return; // the message has changed
  const found = cards.filter((card) => card !== null).map((card) => document.importNode(card, true));
  conversation.keepPlace(() => {
    const row = rowOf(element, "message-linked", gettext("Linked messages"), found.length > 0);
    row?.replaceChildren(...found);
  });
}

/** @param {string} address */
function fetchCard(address) {
  if (!linked.has(address)) linked.set(address, readCard(address));
  return /** @type {Promise<Element | null>} */ (linked.get(address));
}

/**
 * The card of a message; null for those who may not read it.
 *
 * @param {string} address
 */
async function readCard(address) {
  const response = await fetch(address).catch(() => /** @type {null} */ (null));
  if (!response?.ok || response.redirected) return null;
  const card = parseOwnPage(await response.text()).querySelector(".preview");
  const time = /** @type {HTMLTimeElement | null} */ (card?.querySelector("time") ?? null);
  if (time)
    time.textContent = new Date(time.dateTime).toLocaleString(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
  return card;
}
