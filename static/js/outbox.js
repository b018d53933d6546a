// The outbox: stores unsent messages until the server has acknowledged them; sends them in order, one at a time.
import { newClientId } from "./ids.js";
import { Action, ErrorCode } from "./protocol.js";
import * as storage from "./storage.js";
/** @import { RequestError, Socket } from "./socket.js" */
/** @import { Ack, Attachment } from "./wire.js" */

/**
 * A message that the server has not acknowledged yet.
 *
 * @typedef {object} Item
 * @property {string} client_id
 * @property {string} room_name
 * @property {string} content
 * @property {number} [reply_to] seq
 * @property {Attachment[]} [attachments] uploaded files
 * @property {number} at when it was written, in ms
 * @property {boolean} [tried] it may have arrived
 * @property {string} [edited] its content now, if it was tried before with another
 * @property {string} [failed] why the server refused it
 */

const RETRY_DELAY = 2000; // ms, if the server does not give a delay
const TRANSIENT = new Set(["connection", ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE]);

/**
 * Every item is a separate storage entry, so that tabs don't overwrite each other's items. Two tabs may send the same
 * item: the server recognises its client_id. An item that is edited before it is acknowledged is sent unchanged,
 * because it may have arrived already, and then edited. Events: "sent" (detail: {item, ack}), "failed" (detail:
 * {item}), "gone" (detail.clientId: another tab has sent or discarded the item), "unsaved" (detail: {item, ack, error}:
 * the item was sent, but its edit was refused).
 */
export class Outbox extends EventTarget {
  #socket;
  #prefix;
  #sending = false;

  /**
   * @param {Socket} socket
   * @param {number} userId
   */
  constructor(socket, userId) {
    super();
    this.#socket = socket;
    this.#prefix = storage.prefix("outbox", userId);
    socket.addEventListener("up", () => this.flush());
    addEventListener("storage", ({ key, newValue }) => {
      if (newValue !== null || !key?.startsWith(this.#prefix)) return;
      storage.remove(key); // from this page's memory
      this.#emit("gone", { clientId: key.slice(this.#prefix.length) });
    });
  }

  /** The items not acknowledged yet, oldest first. */
  items() {
    return storage
      .keys(this.#prefix)
      .map((key) => storage.read(key))
      .filter(Boolean)
      .map((text) => JSON.parse(text))
      .sort((one, other) => one.at - other.at);
  }

  /**
   * `replyTo` is the seq of the message this one replies to; `attachments` are uploaded files.
   *
   * @param {string} roomName
   * @param {string} content
   * @param {{ replyTo?: number, attachments?: Attachment[] }} [options]
   */
  add(roomName, content, { replyTo, attachments = [] } = {}) {
    const after = this.items().at(-1)?.at ?? 0; // strictly increasing, although the clock is coarse and may be set back
    const item = {
      client_id: newClientId(),
      room_name: roomName,
      content,
      reply_to: replyTo,
      attachments,
      at: Math.max(Date.now(), after + 1),
    };
    this.#store(item);
    this.flush();
    return item;
  }

  /** @param {string} clientId */
  retry(clientId) {
    const item = this.#item(clientId);
    if (!item) return;
    delete item.failed;
    this.#store(item);
    this.flush();
  }

  /** @param {string} clientId */
  holds(clientId) {
    return Boolean(this.#item(clientId));
  }

  /**
   * Changes an item's content; returns false if the item no longer exists.
   *
   * @param {string} clientId
   * @param {string} content
   */
  change(clientId, content) {
    const item = this.#item(clientId);
    if (!item) return false;
    if (item.tried && !item.failed) item.edited = content;
    else item.content = content;
    delete item.failed;
    this.#store(item);
    this.flush();
    return true;
  }

  /** @param {string} clientId */
  discard(clientId) {
    storage.remove(this.#prefix + clientId);
  }

  async flush() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let item = this.#next(); item && this.#socket.ready; item = this.#next()) await this.#send(item);
    } finally {
      this.#sending = false;
    }
  }

  /** @param {string} clientId */
  #item(clientId) {
    return this.items().find((each) => each.client_id === clientId);
  }

  #next() {
    return this.items().find((item) => !item.failed);
  }

  /** @param {Item} item */
  async #send(item) {
    try {
      const { client_id, room_name, content, reply_to, attachments } = item;
      const attachment_ids = attachments?.length ? attachments.map(({ id }) => id) : undefined;
      this.#store({ ...item, tried: true });
      // JSON omits what is undefined.
      const message = { room_name, content, client_id, reply_to, attachment_ids };
      const ack = await this.#socket.request({ action: Action.SEND_MESSAGE, ...message });
      await this.#applyEdits(client_id, ack);
      this.discard(client_id);
      this.#emit("sent", { item, ack });
    } catch (error) {
      const { code, message, retryAfter } = /** @type {RequestError} */ (error);
      if (TRANSIENT.has(code)) {
        await new Promise((resolve) =>
          setTimeout(resolve, retryAfter ? retryAfter * 1000 : this.#socket.ready ? RETRY_DELAY : 0),
        );
      } else {
        const current = this.#item(item.client_id) ?? item;
        current.failed = message.replace(/^attachment_ids: /, "");
        if (current.edited !== undefined) current.content = current.edited; // nothing was posted
        delete current.edited;
        this.#store(current);
        this.#emit("failed", { item: current });
      }
    }
  }

  /**
   * Applies the edits that were made to an item while it was being sent.
   *
   * @param {string} clientId
   * @param {Ack} ack
   */
  async #applyEdits(clientId, ack) {
    for (let item = this.#item(clientId); item?.edited !== undefined; item = this.#item(clientId)) {
      const { room_name, edited: content } = item;
      try {
        ack.version = (
          await this.#socket.request({ action: Action.EDIT_MESSAGE, room_name, seq: ack.seq, content })
        ).version;
      } catch (error) {
        if (TRANSIENT.has(/** @type {RequestError} */ (error).code)) throw error;
        this.#emit("unsaved", { item, ack, error });
      }
      const current = this.#item(clientId);
      if (current?.edited === content) this.#store({ ...current, content, edited: undefined });
    }
  }

  /** @param {Item} item */
  #store(item) {
    storage.write(this.#prefix + item.client_id, JSON.stringify(item));
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
