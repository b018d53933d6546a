// Failed actions on a message, shown at the message with buttons to go on.
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("trouble-template"));

/**
 * Shows a failure. `what` names the action: a message shows one failure of each. `choices` are [label, callback]; each
 * of them closes it. `yours` is the text that was not saved.
 *
 * @param {HTMLElement} message
 * @param {string} what
 * @param {{ sentence: string, yours?: string, choices: [string, () => void][] }} options
 */
export function showTrouble(message, what, { sentence, yours = undefined, choices }) {
  clearTrouble(message, what);
  const trouble = template.content.firstElementChild.cloneNode(true);
  trouble.dataset.what = what;
  trouble.querySelector(".message-trouble-text").textContent = sentence;
  const text = trouble.querySelector(".message-trouble-yours");
  if (yours === undefined) text.remove();
  else text.textContent = yours;
  for (const [label, callback] of choices) {
    const button = Object.assign(document.createElement("button"), {
      className: "link-button",
      type: "button",
      textContent: label,
    });
    button.addEventListener("click", () => {
      trouble.remove();
      callback();
    });
    trouble.append(" ", button);
  }
  message.append(trouble);
}

/**
 * @param {HTMLElement} message
 * @param {string} what
 */
export function clearTrouble(message, what) {
  message?.querySelector(`.message-trouble[data-what="${what}"]`)?.remove();
}
