// Blocks of code in messages: a button that copies them, and one that unfolds long ones. templatetags/parlor.py renders
// the same for the first messages of a page, and the style sheet folds them, so that nothing moves when this script runs.
import { copyText } from "./clipboard.js";
import { gettext, interpolate, ngettext } from "./i18n.js";

const LONG = 20; // lines; longer blocks are folded
const copyTemplate = /** @type {HTMLTemplateElement} */ (document.getElementById("copy-template"));

/**
 * Adds the buttons to the code of a message; blocks with an index in `open` are unfolded.
 *
 * @param {HTMLElement} message
 * @param {number[]} [open]
 */
export function prepareCode(message, open = []) {
  for (const [index, code] of message.querySelectorAll(".message-body pre").entries()) {
    const block = code.closest(".code") ?? wrap(code);
    if (!block.querySelector(".code-copy")) code.after(copyTemplate.content.cloneNode(true));
    if (open.includes(index) && block.matches(".code-long")) toggle(block);
  }
}

/**
 * The indices of the blocks of a message that are unfolded.
 *
 * @param {HTMLElement} message
 */
export function openBlocks(message) {
  const blocks = [...message.querySelectorAll(".code")];
  return [...blocks.keys()].filter((index) => blocks[index].matches(".code-open"));
}

/** @param {HTMLElement} code */
function wrap(code) {
  const block = document.createElement("div");
  block.className = "code";
  code.replaceWith(block);
  block.append(code);
  if (lineCount(code) > LONG) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "code-more";
    block.classList.add("code-long");
    block.append(button);
    label(block);
  }
  return block;
}

/** @param {HTMLElement} code */
function lineCount(code) {
  return code.textContent.split("\n").length - 1;
}

/** @param {HTMLElement} block */
function label(block) {
  const open = block.matches(".code-open");
  const button = block.querySelector(".code-more");
  button.ariaExpanded = String(open);
  const count = lineCount(block.querySelector("pre"));
  button.ariaLabel = open
    ? gettext("Show less")
    : interpolate(ngettext("Show all %(count)s line", "Show all %(count)s lines", count), { count });
}

/** @param {HTMLElement} block */
function toggle(block) {
  block.classList.toggle("code-open");
  label(block);
}

/**
 * Handles the buttons of all messages in `log`.
 *
 * @param {HTMLElement} log
 */
export function attachCode(log) {
  const scroller = /** @type {HTMLElement} */ (log.closest(".log-scroller"));
  log.addEventListener("click", ({ target }) => {
    const button = target.closest(".code button");
    const block = target.closest(".code");
    if (!button || !block) return;
    if (button.matches(".code-copy")) {
      copyText(block.querySelector("pre").textContent.replace(/\n$/, ""), gettext("Code copied"));
      return;
    }
    // The beginning stays where it is when a block is unfolded, and the button when it is folded.
    const anchor = block.matches(".code-open") ? button : block;
    const { top } = anchor.getBoundingClientRect();
    toggle(block);
    scroller.scrollTop += anchor.getBoundingClientRect().top - top;
  });
}
