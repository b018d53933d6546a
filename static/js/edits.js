// Saves edits of the user's own messages, and handles failures, conflicts and deletions.
import { callApi } from "./api.js";
import { attachmentsOf } from "./attachments.js";
import { gettext, interpolate } from "./i18n.js";
import { clearError, showError } from "./message_errors.js";
import { Action, ErrorCode } from "./protocol.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */
/** @import { Composer } from "./composer.js" */
/** @import { Conversation } from "./conversation.js" */
/** @import { Drafts, Edit } from "./drafts.js" */
/** @import { MessageList } from "./messages.js" */
/** @import { Item, Outbox } from "./outbox.js" */
/** @import { RequestError, Socket } from "./socket.js" */
/** @import { Ack, MessageWire } from "./wire.js" */

const LOST = gettext("The message you were editing was deleted.");
const KEPT = gettext("The message you were editing was deleted. Your text is kept as a new message.");

export class Edits {
  #socket;
  #roomName;
  #drafts;
  #composer;
  #outbox;
  #list;
  #conversation;
  #saving = new Map(); // id -> promise: edits of the same message are saved one after the other

  /**
   * @param {{
   *   socket: Socket,
   *   roomName: string,
   *   drafts: Drafts,
   *   composer: Composer,
   *   outbox: Outbox,
   *   list: MessageList,
   *   conversation: Conversation,
   * }} options
   */
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

  /** Updates unfinished edits whose messages may have changed while no page was open. */
  async #catchUp() {
    const ids = this.#drafts.edited.filter(isSeq);
    const messages = await Promise.all(
      ids.map((id) => this.#conversation.message(Number(id)).catch(() => /** @type {null} */ (null))),
    );
    this.update(messages.filter(Boolean));
    for (const [index, id] of ids.entries()) {
      const { problem, content, theirs } = this.#drafts.edit(id) ?? {};
      if (problem)
        this.#showProblem(id, content, { sentence: problem, current: theirs === undefined ? null : messages[index] });
    }
  }

  /**
   * Starts editing one of the user's own messages, given its element.
   *
   * @param {HTMLElement} message
   */
  begin(message) {
    const { seq, clientId, content, version } = message.dataset;
    const hasFiles = attachmentsOf(message).length > 0;
    this.#composer.edit({ id: seq ?? clientId, content, version: Number(version) || undefined, hasFiles });
  }

  /**
   * Discards an edit.
   *
   * @param {string} id
   */
  discard(id) {
    this.#drafts.dropEdit(id);
    this.#composer.show();
  }

  /**
   * Updates unfinished edits from the current state of their messages.
   *
   * @param {MessageWire[]} messages
   */
  update(messages) {
    for (const wire of messages) {
      if (wire.client_id && this.#drafts.edit(wire.client_id)) this.#acknowledged(wire.client_id, wire);
      const id = String(wire.seq);
      const edit = this.#drafts.edit(id);
      if (wire.deleted) this.#lose(id);
      if (!edit || wire.deleted) continue;
      this.#drafts.keepEdit(id, { hasFiles: wire.attachments.length > 0 });
      if (wire.content === edit.base) this.#drafts.keepEdit(id, { version: wire.version, theirs: undefined });
      else if (edit.content === edit.base) this.#drafts.keepEdit(id, { content: wire.content, ...baseOf(wire) });
      else if (edit.content === wire.content) this.#drafts.keepEdit(id, baseOf(wire));
      else this.#drafts.keepEdit(id, { theirs: wire.content });
    }
    this.#composer.show();
  }

  /** Edits the user's newest message: in the outbox, in the page, or fetched from the server. */
  async #recall() {
    const message = this.#list.latestOwn;
    if (message && (!message.dataset.seq || !this.#conversation.detached)) return this.begin(message);
    try {
      const { seq, content, version, attachments } = await callApi(
        "GET",
        `rooms/${encodeURIComponent(this.#roomName)}/messages/mine/`,
      );
      const hasFiles = attachments.length > 0;
      if (this.#composer.idle) this.#composer.edit({ id: String(seq), content, version, hasFiles });
    } catch (error) {
      const { status, message: sentence } = /** @type {ApiError} */ (error);
      showToast(status === 404 ? gettext("You have no messages to edit here.") : sentence);
    }
  }

  /**
   * @param {string} id
   * @param {string} content
   */
  #save(id, content) {
    if (!isSeq(id)) return this.#changePending(id, content);
    const saving = (this.#saving.get(id) ?? Promise.resolve()).then(() => this.#request(id, content));
    this.#saving.set(id, saving);
    return saving;
  }

  /**
   * Edits a message that is still in the outbox.
   *
   * @param {string} id
   * @param {string} content
   */
  #changePending(id, content) {
    if (!this.#outbox.change(id, content)) return this.#lose(id);
    this.#drafts.dropEdit(id);
    this.#conversation.keepPlace(() => this.#list.changePending(id, content));
    this.#composer.show();
  }

  /**
   * @param {string} id
   * @param {string} content
   */
  async #request(id, content) {
    const message = this.#list.get(Number(id));
    this.#clear(id);
    message?.classList.add("message-saving");
    try {
      const base_version = this.#drafts.edit(id)?.version; // JSON omits it if undefined
      const frame = { action: Action.EDIT_MESSAGE, room_name: this.#roomName, seq: Number(id), content, base_version };
      const ack = await this.#socket.act(frame);
      this.#saved(id, content, ack.version);
    } catch (error) {
      await this.#failed(id, content, /** @type {RequestError} */ (error));
    } finally {
      message?.classList.remove("message-saving");
      this.#composer.show();
    }
  }

  /**
   * Removes a saved edit, unless the message is being edited again.
   *
   * @param {string} id
   * @param {string} content
   * @param {number} version
   */
  #saved(id, content, version) {
    const edit = this.#drafts.edit(id);
    if (edit && this.#composer.editing !== id && edit.content === content) this.#drafts.dropEdit(id);
    else if (edit) this.#drafts.keepEdit(id, baseOf({ content, version }));
  }

  /**
   * @param {string} id
   * @param {string} content
   * @param {RequestError} error
   */
  async #failed(id, content, error) {
    const edit = this.#drafts.edit(id);
    if (!edit) return;
    const current = [String(ErrorCode.CONFLICT), ErrorCode.NOT_FOUND].includes(error.code)
      ? await this.#conversation.message(Number(id)).catch(() => /** @type {null} */ (null))
      : null;
    if (current?.deleted) return this.#lose(id);
    const theirs = current && current.content !== edit.base ? current.content : undefined;
    this.#drafts.keepEdit(id, { problem: error.message, theirs, saving: undefined });
    if (this.#composer.editing === id) this.#composer.showError(notSaved(error.message));
    else this.#showProblem(id, content, { sentence: error.message, current: theirs === undefined ? null : current });
  }

  /**
   * Shows at the message why its edit was not saved. After a conflict, `current` is the message as changed by another
   * device.
   *
   * @param {string} id
   * @param {string} content
   * @param {{ sentence: string, current: MessageWire | null }} options
   */
  #showProblem(id, content, { sentence, current }) {
    const message = this.#list.get(Number(id));
    if (!message) return; // the composer shows the problem, too
    const retry = () => {
      if (current) this.#drafts.keepEdit(id, { version: current.version });
      this.#drafts.keepEdit(id, { problem: undefined, saving: Date.now() });
      this.#composer.show();
      this.#save(id, content);
    };
    const edit = () => this.begin(message);
    const cancel = () => {
      this.discard(id);
      this.#composer.focus();
    };
    const conflict = gettext("Edit not saved: this message was edited on another device, as shown above. Your edit:");
    this.#conversation.keepPlace(() =>
      showError(message, "edit", {
        sentence: current ? conflict : notSaved(sentence),
        yours: content,
        choices: [
          [current ? gettext("Save anyway") : gettext("Retry"), retry],
          [gettext("Edit"), edit],
          [gettext("Cancel"), cancel],
        ],
      }),
    );
  }

  /** @param {string} id */
  #clear(id) {
    this.#conversation.keepPlace(() => clearError(this.#list.get(Number(id)), "edit"));
  }

  /**
   * Moves the edit of a pending message to its seq once the server has acknowledged the message.
   *
   * @param {string} clientId
   * @param {{ seq: number, version: number }} options
   */
  #acknowledged(clientId, { seq, version }) {
    const edit = this.#drafts.edit(clientId);
    if (!edit) return;
    this.#drafts.dropEdit(clientId);
    this.#drafts.keepEdit(String(seq), { ...edit, version });
    this.#composer.rename(clientId, String(seq));
    this.#composer.show();
  }

  /**
   * Keeps the edit of a message that was sent in its first version, because the server refused the edit.
   *
   * @param {{ item: Item, ack: Ack, error: RequestError }} options
   */
  #unsaved({ item, ack, error }) {
    if (item.room_name !== this.#roomName) return;
    const id = String(ack.seq);
    this.#drafts.keepEdit(id, {
      content: item.edited,
      ...baseOf({ content: item.content, version: ack.version }),
      problem: error.message,
      hasFiles: Boolean(item.attachments?.length),
    });
    this.#composer.show();
  }

  /**
   * Ends the edit of a deleted message. Changed text becomes a new message's draft.
   *
   * @param {string} id
   */
  #lose(id) {
    const edit = this.#drafts.edit(id);
    if (!edit) {
      // Another tab has handled it, but this may be the one that somebody is looking at.
      if (this.#composer.wasEditing(id)) this.#composer.showHint(this.#drafts.message.content ? KEPT : LOST);
      return;
    }
    this.#drafts.dropEdit(id);
    this.#clear(id);
    const kept = edit.content.trim() && edit.content !== edit.base;
    const { content } = this.#drafts.message;
    if (kept) this.#drafts.keep({ content: content ? `${content.trimEnd()}\n${edit.content}` : edit.content });
    this.#composer.show();
    this.#composer.showHint(kept ? KEPT : LOST);
  }
}

/**
 * Whether an id is a seq, and not the client_id of a pending message.
 *
 * @param {string} id
 */
function isSeq(id) {
  return /^\d+$/.test(id);
}

/**
 * @param {{ content: string, version: number }} message
 * @returns {Partial<Edit>}
 */
function baseOf({ content, version }) {
  return { base: content, version, theirs: undefined };
}

/** @param {string} problem */
function notSaved(problem) {
  return interpolate(gettext("Edit not saved. %(problem)s"), { problem });
}
