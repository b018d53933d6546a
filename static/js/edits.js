// The edits of one's messages on their way to the server, and what comes between.
import { callApi } from "./api.js";
import { Action, ErrorCode } from "./protocol.js";
import { say } from "./saying.js";
import { clearTrouble, showTrouble } from "./troubles.js";

const LOST = "The message you were editing was deleted.";
const KEPT = `${LOST} Your text is kept here as a new message.`;

export class Edits {
  #socket;
  #roomName;
  #drafts;
  #composer;
  #outbox;
  #list;
  #conversation;
  #saving = new Map(); // id -> a promise: the edits of a message go one after the other

  constructor({ socket, roomName, drafts, composer, outbox, list, conversation }) {
    this.#socket = socket;
    this.#roomName = roomName;
    this.#drafts = drafts;
    this.#composer = composer;
    this.#outbox = outbox;
    this.#list = list;
    this.#conversation = conversation;
    composer.addEventListener("change", ({ detail }) => this.#save(detail.id, detail.content));
    composer.addEventListener("discard", ({ detail }) => this.#clear(detail.id));
    composer.addEventListener("recall", () => this.#recall());
    outbox.addEventListener("sent", ({ detail }) => this.#acknowledged(detail.item.client_id, detail.ack));
    outbox.addEventListener("unsaved", ({ detail }) => this.#unsaved(detail));
    this.#catchUp();
  }

  /** What has become, while no page was here, of the messages with edits that are begun. */
  async #catchUp() {
    const ids = this.#drafts.edited.filter(isSeq);
    const messages = await Promise.all(ids.map((id) => this.#conversation.message(id).catch(() => null)));
    this.heard(messages.filter(Boolean));
    for (const [place, id] of ids.entries()) {
      const { problem, content, theirs } = this.#drafts.edit(id) ?? {};
      if (problem) this.#tell(id, content, { sentence: problem, now: theirs === undefined ? null : messages[place] });
    }
  }

  /** Edit one's own message, by its element. */
  begin(message) {
    const { seq, clientId, content, version } = message.dataset;
    this.#composer.edit({ id: seq ?? clientId, content, version: Number(version) || undefined });
  }

  /** The edit is not wanted any more. */
  forget(id) {
    this.#drafts.dropEdit(id);
    this.#composer.show();
  }

  /** Messages as they are now: the edits that are begun of them follow. */
  heard(messages) {
    for (const wire of messages) {
      if (wire.client_id && this.#drafts.edit(wire.client_id)) this.#acknowledged(wire.client_id, wire);
      const id = String(wire.seq);
      const edit = this.#drafts.edit(id);
      if (!edit) continue;
      if (wire.deleted) this.#lose(id);
      else if (wire.content === edit.base) this.#drafts.keepEdit(id, { version: wire.version, theirs: undefined });
      else if (edit.content === edit.base) this.#drafts.keepEdit(id, { content: wire.content, ...baseOf(wire) });
      else if (edit.content === wire.content) this.#drafts.keepEdit(id, baseOf(wire));
      else this.#drafts.keepEdit(id, { theirs: wire.content });
    }
    this.#composer.show();
  }

  /** One's own newest message, wherever it is: still on its way, in the page, or further up or down. */
  async #recall() {
    const message = this.#list.latestOwn;
    if (message && (!message.dataset.seq || !this.#conversation.detached)) return this.begin(message);
    try {
      const { seq, content, version } = await callApi(
        "GET",
        `rooms/${encodeURIComponent(this.#roomName)}/messages/mine/`,
      );
      if (this.#composer.idle) this.#composer.edit({ id: String(seq), content, version });
    } catch (error) {
      say(error.status === 404 ? "You have no message here to edit." : error.message);
    }
  }

  #save(id, content) {
    if (!isSeq(id)) return this.#changePending(id, content);
    const saving = (this.#saving.get(id) ?? Promise.resolve()).then(() => this.#request(id, content));
    this.#saving.set(id, saving);
    return saving;
  }

  /** A message that is on its way is edited there. */
  #changePending(id, content) {
    if (!this.#outbox.change(id, content)) return this.#lose(id);
    this.#drafts.dropEdit(id);
    this.#conversation.keepPlace(() => this.#list.changePending(id, content));
    this.#composer.show();
  }

  async #request(id, content) {
    const message = this.#list.get(Number(id));
    this.#clear(id);
    message?.classList.add("message-saving");
    try {
      const base_version = this.#drafts.edit(id)?.version; // unknown, JSON leaves it out
      const frame = { action: Action.EDIT_MESSAGE, room_name: this.#roomName, seq: Number(id), content, base_version };
      const ack = await this.#socket.act(frame);
      this.#saved(id, content, ack.version);
    } catch (error) {
      await this.#failed(id, content, error);
    } finally {
      message?.classList.remove("message-saving");
      this.#composer.show();
    }
  }

  /** Unless it is being edited again already, that was it. */
  #saved(id, content, version) {
    const edit = this.#drafts.edit(id);
    if (edit && this.#composer.editing !== id && edit.content === content) this.#drafts.dropEdit(id);
    else if (edit) this.#drafts.keepEdit(id, baseOf({ content, version }));
  }

  async #failed(id, content, error) {
    const edit = this.#drafts.edit(id);
    if (!edit) return;
    const now = [ErrorCode.CONFLICT, ErrorCode.NOT_FOUND].includes(error.code)
      ? await this.#conversation.message(id).catch(() => null)
      : null;
    if (now?.deleted) return this.#lose(id);
    const theirs = now && now.content !== edit.base ? now.content : undefined;
    this.#drafts.keepEdit(id, { problem: error.message, theirs, saving: undefined });
    if (this.#composer.editing === id) this.#composer.complain(`Edit not saved. ${error.message}`);
    else this.#tell(id, content, { sentence: error.message, now: theirs === undefined ? null : now });
  }

  /** Why it could not be saved; if because another device was first, `now` is the message as it is now. */
  #tell(id, content, { sentence, now }) {
    const message = this.#list.get(Number(id));
    if (!message) return; // the composer has a word about it, too
    const again = () => {
      if (now) this.#drafts.keepEdit(id, { version: now.version });
      this.#drafts.keepEdit(id, { problem: undefined, saving: Date.now() });
      this.#composer.show();
      this.#save(id, content);
    };
    const edit = () =>
      this.#composer.edit({ id, content: message.dataset.content, version: Number(message.dataset.version) });
    const cancel = () => {
      this.forget(id);
      this.#composer.focus();
    };
    const conflict = "Edit not saved: this message has been changed meanwhile, to what it says above. Your edit:";
    this.#conversation.keepPlace(() =>
      showTrouble(message, "edit", {
        sentence: now ? conflict : `Edit not saved. ${sentence}`,
        yours: content,
        choices: [
          [now ? "Save anyway" : "Retry", again],
          ["Edit", edit],
          ["Cancel", cancel],
        ],
      }),
    );
  }

  #clear(id) {
    this.#conversation.keepPlace(() => clearTrouble(this.#list.get(Number(id)), "edit"));
  }

  /** What was on its way is there: its edit goes on as one of a message. */
  #acknowledged(clientId, { seq, version }) {
    const edit = this.#drafts.edit(clientId);
    if (!edit) return;
    this.#drafts.dropEdit(clientId);
    this.#drafts.keepEdit(String(seq), { ...edit, version });
    this.#composer.rename(clientId, String(seq));
    this.#composer.show();
  }

  /** It was edited on its way, and is there as it was. */
  #unsaved({ item, ack, error }) {
    if (item.room_name !== this.#roomName) return;
    const id = String(ack.seq);
    this.#drafts.keepEdit(id, {
      content: item.edited,
      ...baseOf({ content: item.content, version: ack.version }),
      problem: error.message,
    });
    this.#composer.show();
  }

  /** The message is no more: what was to be written in its place becomes a new one, unless it is just what was deleted. */
  #lose(id) {
    const edit = this.#drafts.edit(id);
    if (!edit) return; // another tab has seen to it
    this.#drafts.dropEdit(id);
    this.#clear(id);
    const kept = edit.content.trim() && edit.content !== edit.base;
    const { content } = this.#drafts.message;
    if (kept) this.#drafts.keep({ content: content ? `${content.trimEnd()}\n${edit.content}` : edit.content });
    this.#composer.show();
    this.#composer.note(kept ? KEPT : LOST);
  }
}

/** Or else the client_id of what is on its way. */
function isSeq(id) {
  return /^\d+$/.test(id);
}

function baseOf({ content, version }) {
  return { base: content, version, theirs: undefined };
}
