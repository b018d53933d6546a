// A few buttons at the message under the pointer or the focus.

/** `may(message)` names what the reader may do; a button with another name is hidden. `act(what, message, button)` does it. */
export function attachTools(log, tools, { may, act }) {
  const show = (event) => {
    const message = event.target.closest(".message[data-seq]");
    if (!message || message.contains(tools)) return;
    const allowed = may(message);
    tools.hidden = allowed.length === 0;
    for (const button of tools.children) button.hidden = !allowed.includes(button.dataset.do) && button.dataset.do !== "more";
    message.querySelector(".message-bubble").append(tools);
  };
  log.addEventListener("pointerover", show);
  log.addEventListener("focusin", show);
  log.addEventListener("pointerleave", () => {
    if (!tools.contains(document.activeElement)) tools.hidden = true;
  });
  log.addEventListener("pointerenter", () => {
    if (tools.isConnected && tools.closest(".message:hover")) tools.hidden = false;
  });
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) act(button.dataset.do, tools.closest(".message"), button);
  });
}
