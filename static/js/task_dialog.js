// The dialog that creates a task from a message. Loaded when it is first opened.
import { callApi } from "./api.js";
import { gettext } from "./i18n.js";
import { resolveUserName } from "./people_field.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */
/** @import { Quote } from "./wire.js" */

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("make-task"));
const form = dialog.querySelector("form");
const { title, assignee, due } = /** @type {Record<string, HTMLInputElement>} */ (
  /** @type {unknown} */ (form.elements)
);
const complaint = document.getElementById("task-complaint");
let roomName = "";
let seq = 0;
let suggestedTitle = ""; // the excerpt that was filled in as the title
let submitting = false;

form.addEventListener("submit", submit);

/**
 * Opens the dialog for the message with this quote, from quoteOf.
 *
 * @param {string} room
 * @param {Quote} quote
 */
export function createTask(room, quote) {
  roomName = room;
  seq = quote.seq;
  title.value = suggestedTitle = (quote.excerpt ?? "").slice(0, title.maxLength);
  assignee.value = due.value = "";
  showError("");
  dialog.showModal();
  title.select();
}

/**
 * Updates or closes the dialog when its message was edited or deleted.
 *
 * @param {Quote} quote
 */
export function messageChanged(quote) {
  if (quote.seq !== seq || title.value !== suggestedTitle) return; // keep a title that the user has changed
  title.value = suggestedTitle = (quote.excerpt ?? "").slice(0, title.maxLength);
  if (!quote.deleted || !dialog.open) return;
  dialog.close();
  showToast(gettext("The message was deleted."));
}

/** @param {Event} event */
async function submit(event) {
  event.preventDefault();
  if (submitting) return; // Enter was pressed twice
  /** @type {{ title: string, room_name: string, seq: number, assignee?: string, due_on: string | null }} */
  const body = { title: title.value, room_name: roomName, seq, due_on: due.value || null };
  submitting = true;
  let task;
  try {
    if (assignee.value.trim()) body.assignee = await resolveUserName(assignee.value);
    task = await callApi("POST", "tasks/", body);
  } catch (error) {
    const { message } = /** @type {ApiError} */ (error);
    showError(message.replace(/^\w+: /, ""));
    const field = message.startsWith("title") ? title : message.startsWith("due_on") ? due : assignee;
    field.focus(); // every other error is about the assignee
    return;
  } finally {
    submitting = false;
  }
  dialog.close();
  const link = document.createElement("a");
  link.href = `/tasks/${task.id}/`;
  link.textContent = gettext("View");
  showToast(gettext("Task created."), link);
}

/** @param {string} sentence */
function showError(sentence) {
  complaint.textContent = sentence;
  complaint.hidden = !sentence;
}
