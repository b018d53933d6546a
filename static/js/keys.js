// The keyboard: the way through the list of messages, what letters do on a message, and that typing goes to the composer.

const TEXT_FIELD =
  "textarea, select, [contenteditable], input:not([type=button], [type=checkbox], [type=color], [type=file], [type=radio], [type=range], [type=reset], [type=submit])";
const LAYER = ":popover-open, dialog[open]"; // what is open over the page has keys of its own

/**
 * Arrows, Home and End go from message to message, from the list itself or from a message. On a message, Enter opens its
 * menu and Escape goes back to writing; the letters (R replies, E edits) count only on a message that one has gone to by
 * keyboard: after a click, a letter is the first one of a text.
 */
export function attachKeys({ scroller, log, actions, composer }) {
  let pointed = false; // what is focused now, the pointer has led to
  let arrived = null; // the message that was gone to by keyboard

  addEventListener(
    "pointerdown",
    ({ target }) => {
      pointed = !isTextField(target);
      arrived = null;
    },
    true,
  );
  addEventListener("focusin", ({ target }) => {
    if (isTextField(target)) pointed = false;
    // A message that a link led to has the focus, but nobody has chosen it to do something with it.
    if (target.parentElement === log && !pointed && !target.matches(".message-found")) arrived = target;
  });
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isComposing(event) || isTextField(event.target)) return;
    if (isPlain(event) && event.key === "?" && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      actions.help();
    } else if (!document.querySelector(LAYER) && !(isPlain(event) && walk(event)) && writes(event)) {
      composer.focus(); // the key itself then arrives there
    }
  });

  /** Do what a key means in the list; false when it means nothing. */
  function walk(event) {
    if (!scroller.contains(event.target)) return false;
    const messages = [...log.querySelectorAll(":scope > .message")];
    const at = messages.indexOf(event.target);
    if (event.key === "Escape") {
      actions.leave();
    } else if (at >= 0 && (event.key === "Enter" || event.target === arrived) && actions.key(event.key, event.target)) {
      event.preventDefault();
    } else {
      const last = messages.length - 1;
      const next = { ArrowUp: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at + 1, Home: 0, End: last }[
        event.key
      ];
      if ((event.target !== scroller && at < 0) || !messages[next]) return false;
      event.preventDefault();
      pointed = false;
      messages[next].focus();
    }
    return true;
  }
}

/** Whether an input method has the key. In Safari its Enter comes when the composition is over, with this code. */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

function isTextField(target) {
  return target instanceof Element && Boolean(target.closest(TEXT_FIELD));
}

function isPlain(event) {
  return !event.ctrlKey && !event.metaKey && !event.altKey;
}

/** Whether the key writes something: a character, the beginning of one, or what is pasted. A space scrolls and presses. */
function writes(event) {
  const { key, ctrlKey, metaKey, altKey } = event;
  if ((ctrlKey || metaKey) && !altKey) return key.toLowerCase() === "v";
  if (ctrlKey && !event.getModifierState("AltGraph")) return false;
  return !metaKey && (key === "Dead" || ([...key].length === 1 && key !== " "));
}
