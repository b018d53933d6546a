// Errors of actions on a message, shown at the message, with buttons to go on.
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("trouble-template"));

/**
 * Shows an error. `what` names the action: a message shows one error of each. `choices` are [label, callback]; each
 * of them closes it. `yours` is the text that was not saved.
 *
 * @param {HTMLElement} message
 * @param {string} what
 * @param {{ sentence: string, yours?: string, choices: [string, () => void][] }} options
 */
export function showError(message, what, { sentence, yours = undefined, choices }) {
  clearError(message, what);
  const error = template.content.firstElementChild.cloneNode(true);
  error.dataset.what = what;
  error.querySelector(".message-trouble-text").textContent = sentence;
  const text = error.querySelector(".message-trouble-yours");
  if (yours === undefined) text.remove();
  else text.textContent = yours;
  for (const [label, callback] of choices) {
    const button = Object.assign(document.createElement("button"), {
      className: "link-button",
      type: "button",
      textContent: label,
    });
    button.addEventListener("click", () => {
      error.remove();
      callback();
    });
    error.append(" ", button);
  }
  message.append(error);
}

/**
 * @param {HTMLElement} message
 * @param {string} what
 */
export function clearError(message, what) {
  message?.querySelector(`.message-trouble[data-what="${what}"]`)?.remove();
}
