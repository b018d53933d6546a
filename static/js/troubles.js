// What could not be done with a message, told beside it, with the ways on from there.
const template = document.getElementById("trouble-template");

/**
 * `what` names the deed: a message has one trouble of each. `choices` are [label, act] each; any of them ends it. `yours`
 * is a text that is not saved.
 */
export function showTrouble(message, what, { sentence, yours, choices }) {
  clearTrouble(message, what);
  const trouble = template.content.firstElementChild.cloneNode(true);
  trouble.dataset.what = what;
  trouble.querySelector(".message-trouble-text").textContent = sentence;
  const text = trouble.querySelector(".message-trouble-yours");
  if (yours === undefined) text.remove();
  else text.textContent = yours;
  for (const [label, act] of choices) {
    const button = Object.assign(document.createElement("button"), {
      className: "link-button",
      type: "button",
      textContent: label,
    });
    button.addEventListener("click", () => {
      trouble.remove();
      act();
    });
    trouble.append(" ", button);
  }
  message.append(trouble);
}

export function clearTrouble(message, what) {
  message?.querySelector(`.message-trouble[data-what="${what}"]`)?.remove();
}
