// The dialog in which a message is reported: the form of its page. Loaded when it is first opened.
import { callApi } from "./api.js";
import { fetchPage } from "./fragments.js";
import { gettext } from "./i18n.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */

/**
 * @param {string} roomName
 * @param {number} seq
 */
export async function openReport(roomName, seq) {
  const path = `rooms/${encodeURIComponent(roomName)}/messages/${seq}/report/`;
  const form = /** @type {HTMLFormElement | null | undefined} */ (
    (await fetchPage(`/${path}`))?.getElementById("report-form")
  );
  if (!form) return showToast(gettext("Can't reach the server. Try again in a moment."));
  if (document.getElementById("report-dialog")) return; // it was chosen twice
  const heading = make("h2", { id: "report-heading", textContent: gettext("Report message") });
  const complaint = make("p", { className: "dialog-complaint", role: "alert", hidden: true });
  const cancel = make("button", { className: "button", type: "button", textContent: gettext("Cancel") });
  const buttons = make("p", { className: "dialog-buttons" });
  buttons.append(cancel, form.querySelector("[type=submit]"));
  form.append(complaint, buttons);
  const dialog = make("dialog", { className: "dialog", id: "report-dialog" });
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(heading, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const written = new FormData(form);
    try {
      await callApi("POST", path, { reason: written.get("reason"), note: written.get("note") });
    } catch (error) {
      complaint.textContent = /** @type {ApiError} */ (error).message;
      complaint.hidden = false;
      return;
    }
    dialog.close();
    showToast(gettext("Reported. A moderator will look at it."));
  });
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 */
function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
