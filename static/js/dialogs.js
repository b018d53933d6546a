// The dialogs of a message: deleting it, making a task of it, what it said before.
import { callApi } from "./api.js";
import { meant } from "./people_field.js";
import { say } from "./saying.js";

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const element = (id) => document.getElementById(id);

export class Dialogs {
  #roomName;
  #task = element("make-task");
  #seq = 0;
  #quoted = ""; // what the title was made of
  #revised = 0; // the seq of the message whose earlier texts are shown
  #asking = false;

  constructor(roomName) {
    this.#roomName = roomName;
    this.#task.querySelector("form").addEventListener("submit", (event) => this.#submitTask(event));
    for (const button of document.querySelectorAll("dialog [data-close]")) {
      button.addEventListener("click", () => button.closest("dialog").close());
    }
    element("revisions").addEventListener("close", () => element("revisions-list").replaceChildren());
  }

  /** A message says something else now, or nothing: so do the dialogs about it. */
  rewritten({ seq, excerpt, deleted }) {
    if (deleted && seq === this.#revised) element("revisions").close();
    const { title } = this.#task.querySelector("form").elements;
    if (seq !== this.#seq || title.value !== this.#quoted) return; // what is typed is one's own
    title.value = this.#quoted = excerpt.slice(0, title.maxLength);
    if (!deleted || !this.#task.open) return;
    this.#task.close();
    say("The message was deleted.");
  }

  confirmDeletion(act) {
    const dialog = element("confirm-delete");
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "delete" && act();
    dialog.showModal();
  }

  /** `quote` is what quoteOf gives of the message. */
  makeTask({ seq, excerpt }) {
    this.#seq = seq;
    const { title, assignee } = this.#task.querySelector("form").elements;
    title.value = this.#quoted = excerpt.slice(0, title.maxLength);
    assignee.value = "";
    this.#complain("");
    this.#task.showModal();
    title.select();
  }

  async showRevisions(message) {
    const { seq, content } = message.dataset;
    this.#revised = Number(seq);
    let page;
    try {
      page = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/${seq}/revisions/?limit=100`);
    } catch (error) {
      return say(error.message);
    }
    const now = content ?? message.querySelector(".message-body").innerText.trim();
    element("revisions-list").replaceChildren(...page.results.map(showRevision), showRevision({ content: now }));
    element("revisions").showModal();
  }

  async #submitTask(event) {
    event.preventDefault();
    if (this.#asking) return; // Enter twice is one task
    const { title, assignee } = event.target.elements;
    const body = { title: title.value, room_name: this.#roomName, seq: this.#seq };
    this.#asking = true;
    try {
      if (assignee.value.trim()) body.assignee = await meant(assignee.value);
      await callApi("POST", "tasks/", body);
    } catch (error) {
      this.#complain(error.message.replace(/^\w+: /, ""));
      (error.message.startsWith("title") ? title : assignee).focus(); // nothing but who does it can be refused else
      return;
    } finally {
      this.#asking = false;
    }
    this.#task.close();
    say("Task created.");
  }

  #complain(sentence) {
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
