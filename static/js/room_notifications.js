// The dialog of a room's notifications: the form of its page. Loaded when it is first opened.
import { callApi } from "./api.js";
import { fetchPage } from "./fragments.js";
import { gettext } from "./i18n.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */

/** @param {string} roomName */
export async function openNotifications(roomName) {
  const path = `rooms/${encodeURIComponent(roomName)}/`;
  const form = /** @type {HTMLFormElement | null | undefined} */ (
    (await fetchPage(`/${path}notifications/`))?.getElementById("room-notifications")
  );
  if (!form) return showToast(gettext("Can't reach the server. Try again in a moment."));
  if (document.getElementById("notifications-dialog")) return; // the bell was pressed twice
  const heading = make("h2", { id: "notifications-heading", textContent: gettext("Notifications") });
  const complaint = make("p", { className: "dialog-complaint", role: "alert", hidden: true });
  const cancel = make("button", { className: "button", type: "button", textContent: gettext("Cancel") });
  const buttons = make("p", { className: "dialog-buttons" });
  buttons.append(cancel, form.querySelector("[type=submit]"));
  form.append(complaint, buttons);
  const dialog = make("dialog", { className: "dialog", id: "notifications-dialog" });
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(heading, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    try {
      await callApi("PATCH", `${path}membership/`, {
        level: chosen.get("level"),
        muted: chosen.has("muted"),
        favourite: chosen.has("favourite"),
        ...(chosen.has("section") && { section: Number(chosen.get("section")) || null }),
      });
    } catch (error) {
      complaint.textContent = /** @type {ApiError} */ (error).message;
      complaint.hidden = false;
      return;
    }
    dialog.close();
    showToast(gettext("Notifications saved."));
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
