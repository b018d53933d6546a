// The dialogs of a message: confirm deletion, create a task, edit history.
import { callApi } from "./api.js";
import { resolveUserName } from "./people_field.js";
import { showNotice } from "./saying.js";

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const element = (id) => document.getElementById(id);

export class Dialogs {
  #roomName;
  #task = element("make-task");
  #seq = 0;
  #suggestedTitle = ""; // the excerpt that was filled in as the title
  #revisionsSeq = 0; // seq of the message whose edit history is shown
  #submitting = false;

  constructor(roomName) {
    this.#roomName = roomName;
    this.#task.querySelector("form").addEventListener("submit", (event) => this.#submitTask(event));
    for (const button of document.querySelectorAll("dialog [data-close]")) {
      button.addEventListener("click", () => button.closest("dialog").close());
    }
    element("revisions").addEventListener("close", () => element("revisions-list").replaceChildren());
  }

  /** Updates or closes the dialogs about a message that was edited or deleted. */
  messageChanged({ seq, excerpt, deleted }) {
    if (deleted && seq === this.#revisionsSeq) element("revisions").close();
    const { title } = this.#task.querySelector("form").elements;
    if (seq !== this.#seq || title.value !== this.#suggestedTitle) return; // keep a title that the user has changed
    title.value = this.#suggestedTitle = excerpt.slice(0, title.maxLength);
    if (!deleted || !this.#task.open) return;
    this.#task.close();
    showNotice("The message was deleted.");
  }

  confirmDeletion(deleteMessage) {
    const dialog = element("confirm-delete");
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "delete" && deleteMessage();
    dialog.showModal();
  }

  /** The parameter is the message's quote, from quoteOf. */
  createTask({ seq, excerpt }) {
    this.#seq = seq;
    const { title, assignee } = this.#task.querySelector("form").elements;
    title.value = this.#suggestedTitle = excerpt.slice(0, title.maxLength);
    assignee.value = "";
    this.#showError("");
    this.#task.showModal();
    title.select();
  }

  async showRevisions(message) {
    const { seq, content } = message.dataset;
    this.#revisionsSeq = Number(seq);
    let page;
    try {
      page = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/${seq}/revisions/?limit=100`);
    } catch (error) {
      return showNotice(error.message);
    }
    const now = content ?? message.querySelector(".message-body").innerText.trim();
    element("revisions-list").replaceChildren(...page.results.map(showRevision), showRevision({ content: now }));
    element("revisions").showModal();
  }

  async #submitTask(event) {
    event.preventDefault();
    if (this.#submitting) return; // Enter was pressed twice
    const { title, assignee } = event.target.elements;
    const body = { title: title.value, room_name: this.#roomName, seq: this.#seq };
    this.#submitting = true;
    try {
      if (assignee.value.trim()) body.assignee = await resolveUserName(assignee.value);
      await callApi("POST", "tasks/", body);
    } catch (error) {
      this.#showError(error.message.replace(/^\w+: /, ""));
      (error.message.startsWith("title") ? title : assignee).focus(); // every other error is about the assignee
      return;
    } finally {
      this.#submitting = false;
    }
    this.#task.close();
    showNotice("Task created.");
  }

  #showError(sentence) {
    const line = this.#task.querySelector(".dialog-complaint");
    line.textContent = sentence;
    line.hidden = !sentence;
  }
}

function showRevision({ content, written_at: writtenAt }) {
  const item = element("revision-template").content.firstElementChild.cloneNode(true);
  item.querySelector(".revision-time").textContent = writtenAt ? full.format(new Date(writtenAt)) : "Now";
  item.querySelector(".revision-content").textContent = content;
  return item;
}
