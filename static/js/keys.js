// Keyboard navigation in the list of messages, shortcuts on a message, and typing that goes to the composer.
/** @import { Composer } from "./composer.js" */
/** @import { MessageActions } from "./message_actions.js" */

const TEXT_FIELD =
  "textarea, select, [contenteditable], input:not([type=button], [type=checkbox], [type=color], [type=file], [type=radio], [type=range], [type=reset], [type=submit])";
const LAYER = ":popover-open, dialog[open]"; // open popovers and dialogs handle keys themselves

/**
 * Arrows, Home and End move from message to message. On a message, Enter opens its menu and Escape returns to the
 * composer. The letters (R replies, E edits) work only on a message that was reached by keyboard: after a click, a
 * letter starts a text in the composer.
 *
 * @param {{ scroller: HTMLElement, log: HTMLElement, actions: MessageActions, composer: Composer }} options
 */
export function attachKeys({ scroller, log, actions, composer }) {
  let pointed = false; // the focus was set by the pointer
  /** @type {EventTarget | null} */
  let reached = null; // the message that was reached by keyboard

  addEventListener(
    "pointerdown",
    ({ target }) => {
      pointed = !isTextField(target);
      reached = null;
    },
    true,
  );
  addEventListener("focusin", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (isTextField(target)) pointed = false;
    // A message that a link leads to gets the focus, too, but the user has not chosen it to act on.
    if (target.parentElement === log && !pointed && !target.matches(".message-found")) reached = target;
  });
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isComposing(event) || isTextField(event.target)) return;
    if (isPlain(event) && event.key === "?" && !document.querySelector("dialog[open], dialog:popover-open")) {
      event.preventDefault();
      actions.showShortcuts();
    } else if (!document.querySelector(LAYER) && !(isPlain(event) && handleListKey(event)) && isTyping(event)) {
      composer.focus(); // which then receives the key itself
    }
  });

  /**
   * Handles a key in the list; returns false if it has no meaning there.
   *
   * @param {KeyboardEvent} event
   */
  function handleListKey(event) {
    if (!scroller.contains(event.target)) return false;
    const messages = [...log.querySelectorAll(":scope > .message")];
    const at = messages.indexOf(event.target);
    if (event.key === "Escape") {
      actions.focusComposer();
    } else if (
      at >= 0 &&
      (event.key === "Enter" || event.target === reached) &&
      actions.handleKey(event.key === "Enter" ? event.key : latinKey(event), event.target)
    ) {
      event.preventDefault();
    } else {
      const last = messages.length - 1;
      const next = { ArrowUp: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at + 1, Home: 0, End: last }[
        event.key
      ];
      if (next === undefined || (event.target !== scroller && at < 0) || !messages[next]) return false;
      event.preventDefault();
      pointed = false;
      messages[next].focus();
    }
    return true;
  }
}

/**
 * The character that a key types, in lower case; on layouts of other alphabets, the one that it types in Latin.
 *
 * @param {KeyboardEvent} event
 */
export function latinKey({ key, code }) {
  return /^[^\x00-\x7f]$/.test(key) && code.startsWith("Key") ? code.slice(3).toLowerCase() : key.toLowerCase();
}

/**
 * Whether an input method handles the key. Safari sends its Enter after the composition has ended, with code 229.
 *
 * @param {KeyboardEvent} event
 */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/** @param {EventTarget} target */
function isTextField(target) {
  return target instanceof Element && Boolean(target.closest(TEXT_FIELD));
}

/** @param {KeyboardEvent} event */
function isPlain(event) {
  return !event.ctrlKey && !event.metaKey && !event.altKey;
}

/**
 * Whether the key types something: a character, a dead key, or a paste. Not a space, which scrolls and presses buttons.
 *
 * @param {KeyboardEvent} event
 */
function isTyping(event) {
  const { key, ctrlKey, metaKey, altKey } = event;
  if ((ctrlKey || metaKey) && !altKey) return key.toLowerCase() === "v";
  if (ctrlKey && !event.getModifierState("AltGraph")) return false;
  return !metaKey && (key === "Dead" || ([...key].length === 1 && key !== " "));
}
