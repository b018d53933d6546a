// Loads the script for previews of links when the page first has one: most pages never need it.
/** @import { Conversation } from "./conversation.js" */
/** @import { Page, Preview } from "./wire.js" */

// What a message with previews, or with a link to another message, has.
const SOME = '.message-previews, .message-body a[href*="?message="]';
/** @type {Page["previews"]} */
let files = null;
/** @type {Conversation} */
let list;
/** @type {Promise<typeof import("./previews.js")>} */
let loading;

/**
 * Shows previews from now on, also in the messages that are in the page already.
 *
 * @param {HTMLElement} log
 * @param {Page} page
 * @param {Conversation} conversation
 */
export function attachPreviews(log, page, conversation) {
  files = page.previews;
  list = conversation;
  for (const message of log.children) showPreviews(message);
}

/**
 * Shows the previews of a message; without `previews`, those that its element has are kept.
 *
 * @param {HTMLElement} element
 * @param {Preview[]} [previews]
 */
export function showPreviews(element, previews) {
  if (!files || (!previews?.length && !element.querySelector(SOME))) return;
  const { script, style } = files;
  loading ??= import(script);
  loading.then(({ show }) => show(element, previews, style, list));
}
