// The toolbar at the message that is hovered or focused.
import { FORWARD } from "./i18n.js";
const GAP = 12; // px beside a bubble

/**
 * `allowed(message)` names the allowed actions; buttons for others are hidden. `act(what, message, button)` performs
 * one.
 *
 * @param {HTMLElement} log
 * @param {HTMLElement} tools
 * @param {{
 *   allowed: (message: HTMLElement) => string[],
 *   act: (what: string, message: HTMLElement, button: HTMLElement) => void,
 * }} options
 */
export function attachTools(log, tools, { allowed, act }) {
  /** @param {UIEvent} event */
  const show = (event) => {
    const message = event.target.closest(".message[data-seq]");
    if (!message) return;
    const names = allowed(message);
    tools.hidden = names.length === 0;
    for (const button of tools.children)
      button.hidden = !names.includes(button.dataset.do) && button.dataset.do !== "more";
    const bubble = message.querySelector(".message-bubble");
    if (!bubble.contains(tools)) bubble.append(tools);
    const { left, right, top } = bubble.getBoundingClientRect();
    const row = message.getBoundingClientRect();
    const spaces = [left - row.left, row.right - right];
    const [before, after] = FORWARD > 0 ? spaces : spaces.reverse();
    const free = Math.max(after, message.matches(".message-own") ? before : 0);
    tools.classList.toggle("message-tools-beside", free > tools.offsetWidth + GAP);
    // How much of the bubble is scrolled out of view, in px.
    const above = /** @type {HTMLElement} */ (log.closest(".log-scroller")).getBoundingClientRect().top - top;
    tools.style.insetBlock = above > 0 ? `${above + GAP}px auto` : "";
  };
  log.addEventListener("pointerover", show);
  log.addEventListener("focusin", show);
  log.addEventListener("pointerleave", ({ pointerType }) => {
    // Not after a touch, which "leaves" at once.
    if (pointerType === "mouse" && !tools.contains(document.activeElement)) tools.hidden = true;
  });
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) act(button.dataset.do, /** @type {HTMLElement} */ (tools.closest(".message")), button);
  });
}
