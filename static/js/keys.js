// The keyboard's way through the list: arrows, Home and End, from the list itself or from a message.

/** On a message, Enter opens its menu, R replies, E changes it, and Escape goes back to writing. */
export function attachKeys(scroller, log, actions) {
  scroller.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const messages = [...log.querySelectorAll(":scope > .message")];
    const at = messages.indexOf(event.target);
    if (event.key === "Escape") {
      actions.leave();
    } else if (at >= 0 && actions.key(event.key, messages[at])) {
      event.preventDefault();
    } else if (event.target === scroller || at >= 0) {
      const last = messages.length - 1;
      const next = { ArrowUp: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at + 1, Home: 0, End: last }[event.key];
      if (next === undefined || !messages[next]) return;
      event.preventDefault();
      messages[next].focus();
    }
  });
}
