// The dialogs of a message: confirm deletion of it or of a file, create a task, edit history.
import { callApi } from "./api.js";
import { resolveUserName } from "./people_field.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */
/** @import { Quote } from "./wire.js" */

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
/** @param {string} id */
const element = (id) => document.getElementById(id);
/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (document.getElementById(id));

export class Dialogs {
  #roomName;
  #task = dialog("make-task");
  #seq = 0;
  #suggestedTitle = ""; // the excerpt that was filled in as the title
  #revisionsSeq = 0; // seq of the message whose edit history is shown
  #submitting = false;

  /** @param {string} roomName */
  constructor(roomName) {
    this.#roomName = roomName;
    this.#task.querySelector("form").addEventListener("submit", (event) => this.#submitTask(event));
    for (const button of document.querySelectorAll("dialog [data-close]")) {
      button.addEventListener("click", () => button.closest("dialog")?.close());
    }
    element("revisions").addEventListener("close", () => element("revisions-list").replaceChildren());
  }

  /**
   * Updates or closes the dialogs about a message that was edited or deleted.
   *
   * @param {Quote} quote
   */
  messageChanged({ seq, excerpt = "", deleted }) {
    if (deleted && seq === this.#revisionsSeq) dialog("revisions").close();
    const { title } = this.#fields;
    if (seq !== this.#seq || title.value !== this.#suggestedTitle) return; // keep a title that the user has changed
    title.value = this.#suggestedTitle = excerpt.slice(0, title.maxLength);
    if (!deleted || !this.#task.open) return;
    this.#task.close();
    showToast("The message was deleted.");
  }

  /** @param {() => void} deleteMessage */
  confirmDeletion(deleteMessage) {
    const question = dialog("confirm-delete");
    question.returnValue = "";
    question.onclose = () => question.returnValue === "delete" && deleteMessage();
    question.showModal();
  }

  /**
   * Lets the user choose one of a message's files to delete.
   *
   * @param {{ id: string, name: string }[]} files
   * @param {(id: string) => void} deleteFile
   */
  chooseFile(files, deleteFile) {
    const question = dialog("delete-file");
    const template = /** @type {HTMLTemplateElement} */ (element("delete-file-template"));
    const items = files.map(({ id, name }, place) => {
      const item = document.importNode(template.content.firstElementChild, true);
      const input = item.querySelector("input");
      input.value = id;
      input.checked = place === 0;
      item.querySelector("bdi").textContent = name;
      return item;
    });
    element("delete-file-list").replaceChildren(...items);
    question.returnValue = "";
    question.onclose = () => {
      const chosen = question.querySelector("input:checked");
      if (question.returnValue === "delete") deleteFile(/** @type {HTMLInputElement} */ (chosen).value);
    };
    question.showModal();
  }

  /**
   * The parameter is the message's quote, from quoteOf.
   *
   * @param {Quote} quote
   */
  createTask({ seq, excerpt = "" }) {
    this.#seq = seq;
    const { title, assignee } = this.#fields;
    title.value = this.#suggestedTitle = excerpt.slice(0, title.maxLength);
    assignee.value = "";
    this.#showError("");
    this.#task.showModal();
    title.select();
  }

  /** @param {HTMLElement} message */
  async showRevisions(message) {
    const { seq, content } = message.dataset;
    this.#revisionsSeq = Number(seq);
    let page;
    try {
      page = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/${seq}/revisions/?limit=100`);
    } catch (error) {
      return showToast(/** @type {ApiError} */ (error).message);
    }
    const now = content ?? message.querySelector(".message-body").innerText.trim();
    element("revisions-list").replaceChildren(...page.results.map(showRevision), showRevision({ content: now }));
    dialog("revisions").showModal();
  }

  /** @param {Event} event */
  async #submitTask(event) {
    event.preventDefault();
    if (this.#submitting) return; // Enter was pressed twice
    const { title, assignee } = this.#fields;
    /** @type {{ title: string, room_name: string, seq: number, assignee?: string }} */
    const body = { title: title.value, room_name: this.#roomName, seq: this.#seq };
    this.#submitting = true;
    try {
      if (assignee.value.trim()) body.assignee = await resolveUserName(assignee.value);
      await callApi("POST", "tasks/", body);
    } catch (error) {
      const { message } = /** @type {ApiError} */ (error);
      this.#showError(message.replace(/^\w+: /, ""));
      (message.startsWith("title") ? title : assignee).focus(); // every other error is about the assignee
      return;
    } finally {
      this.#submitting = false;
    }
    this.#task.close();
    showToast("Task created.");
  }

  /** The fields of the form for a task. */
  get #fields() {
    const { elements } = this.#task.querySelector("form");
    return /** @type {{ title: HTMLInputElement, assignee: HTMLInputElement }} */ (/** @type {unknown} */ (elements));
  }

  /** @param {string} sentence */
  #showError(sentence) {
    const line = this.#task.querySelector(".dialog-complaint");
    line.textContent = sentence;
    line.hidden = !sentence;
  }
}

/**
 * `written_at` is missing in the current text.
 *
 * @param {{ content: string, written_at?: string | undefined }} options
 */
function showRevision({ content, written_at: writtenAt = undefined }) {
  const template = /** @type {HTMLTemplateElement} */ (element("revision-template"));
  const item = template.content.firstElementChild.cloneNode(true);
  item.querySelector(".revision-time").textContent = writtenAt ? full.format(new Date(writtenAt)) : "Now";
  item.querySelector(".revision-content").textContent = content;
  return item;
}
