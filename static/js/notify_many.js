// The question before a message notifies many people. Loaded when it is first asked.
import { callApi } from "./api.js";
import { interpolate, ngettext } from "./i18n.js";
/** @import { Page } from "./wire.js" */

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("notify-many"));

/**
 * Returns whether to send a message that mentions everybody, after asking the user if these are more than `many`.
 * `others` is the number of the room's other members.
 *
 * @param {Page} page
 * @param {string} name
 * @param {{ others: number, many: number }} options
 */
export async function confirmMany(page, name, { others, many }) {
  const count = name === "here" ? await countOnline(page).catch(() => others) : others;
  if (count <= many) return true;
  document.getElementById("notify-many-question").textContent = interpolate(
    ngettext("Notify %(count)s person?", "Notify %(count)s people?", count),
    { count },
  );
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "send";
}

/** @param {Page} page */
async function countOnline({ room, user_id: me }) {
  const { online } = await callApi("GET", `rooms/${encodeURIComponent(room.name)}/online/`);
  return online.filter((/** @type {number} */ id) => id !== me).length;
}
