// The dialogs of a message: confirm deletion of it or of a file, edit history; that for tasks is a script of its own.
import { callApi } from "./api.js";
import { gettext } from "./i18n.js";
import { loadScript } from "./lazy.js";
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
  /** @type {typeof import("./task_dialog.js") | null} */
  #tasks = null; // the script of the dialog for tasks, once it was used
  #revisionsSeq = 0; // seq of the message whose edit history is shown

  /** @param {string} roomName */
  constructor(roomName) {
    this.#roomName = roomName;
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
  messageChanged(quote) {
    if (quote.deleted && quote.seq === this.#revisionsSeq) dialog("revisions").close();
    this.#tasks?.messageChanged(quote);
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
  async createTask(quote) {
    this.#tasks ??= await loadScript("make-task");
    this.#tasks?.createTask(this.#roomName, quote);
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
}

/**
 * `written_at` is missing in the current text.
 *
 * @param {{ content: string, written_at?: string | undefined }} options
 */
function showRevision({ content, written_at: writtenAt = undefined }) {
  const template = /** @type {HTMLTemplateElement} */ (element("revision-template"));
  const item = template.content.firstElementChild.cloneNode(true);
  item.querySelector(".revision-time").textContent = writtenAt ? full.format(new Date(writtenAt)) : gettext("Now");
  item.querySelector(".revision-content").textContent = content;
  return item;
}
