// Change and delete, at the message under the pointer or the focus.

/** `may(element)` names what the reader may do: a list of "edit" and "delete". `act(what, element)` does it. */
export function attachTools(log, tools, { may, act }) {
  const show = (event) => {
    const message = event.target.closest(".message[data-seq]");
    if (!message || message.contains(tools)) return;
    const allowed = may(message);
    tools.hidden = allowed.length === 0;
    for (const button of tools.children) button.hidden = !allowed.includes(button.dataset.do);
    message.querySelector(".message-bubble").append(tools);
  };
  log.addEventListener("pointerover", show);
  log.addEventListener("focusin", show);
  log.addEventListener("pointerleave", () => {
    if (!tools.contains(document.activeElement)) tools.hidden = true;
  });
  tools.addEventListener("click", (event) => {
    const what = event.target.closest("button")?.dataset.do;
    if (what) act(what, tools.closest(".message"));
  });
}

/** The keyboard's way through the list: arrows, Home and End, from the list itself or from a message. */
export function attachKeys(scroller, log) {
  scroller.addEventListener("keydown", (event) => {
    const messages = [...log.querySelectorAll(".message")];
    const at = messages.indexOf(document.activeElement);
    if (event.target !== scroller && at < 0) return;
    const last = messages.length - 1;
    const next = { ArrowUp: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at + 1, Home: 0, End: last }[event.key];
    if (next === undefined || !messages[next]) return;
    event.preventDefault();
    messages[next].focus();
  });
}
