// Messages on their way: kept until the server has acknowledged them, sent in order, one at a time.
import { newClientId } from "./ids.js";
import { Action, ErrorCode } from "./protocol.js";
import * as storage from "./storage.js";

const AGAIN_AFTER = 2000; // ms, when the server is too busy to say how long
const PASSING = new Set(["connection", ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE]);

/**
 * Every item is an entry of its own in the storage, so that two tabs don't overwrite each other; both may send it: the
 * server knows a client_id again. Events: "sent" (detail: {item, ack}), "failed" (detail: {item}), "gone" (detail.clientId:
 * another tab has sent or discarded it).
 */
export class Outbox extends EventTarget {
  #socket;
  #prefix;
  #sending = false;

  constructor(socket, userName) {
    super();
    this.#socket = socket;
    this.#prefix = `parlor:outbox:${userName}:`;
    socket.addEventListener("up", () => this.flush());
    addEventListener("storage", ({ key, newValue }) => {
      if (newValue !== null || !key?.startsWith(this.#prefix)) return;
      storage.remove(key); // it may be in this page's memory, too
      this.#tell("gone", { clientId: key.slice(this.#prefix.length) });
    });
  }

  /** What is not acknowledged yet, oldest first. */
  items() {
    return storage
      .keys(this.#prefix)
      .map((key) => storage.read(key))
      .filter(Boolean)
      .map((text) => JSON.parse(text))
      .sort((one, other) => one.at - other.at);
  }

  /** `replyTo` is the seq of the message that this one answers. */
  add(roomName, content, replyTo) {
    const after = this.items().at(-1)?.at ?? 0; // a strict order, though the clock is coarse and may be put back
    const item = { client_id: newClientId(), room_name: roomName, content, reply_to: replyTo, at: Math.max(Date.now(), after + 1) };
    this.#keep(item);
    this.flush();
    return item;
  }

  retry(clientId) {
    const item = this.items().find((each) => each.client_id === clientId);
    if (!item) return;
    delete item.failed;
    this.#keep(item);
    this.flush();
  }

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

  #next() {
    return this.items().find((item) => !item.failed);
  }

  async #send(item) {
    try {
      const { client_id, room_name, content, reply_to } = item; // without reply_to, JSON leaves it out
      const ack = await this.#socket.request({ action: Action.SEND_MESSAGE, room_name, content, client_id, reply_to });
      this.discard(client_id);
      this.#tell("sent", { item, ack });
    } catch (error) {
      if (PASSING.has(error.code)) {
        await new Promise((resolve) => setTimeout(resolve, error.retryAfter ? error.retryAfter * 1000 : this.#socket.ready ? AGAIN_AFTER : 0));
      } else {
        item.failed = error.message;
        this.#keep(item);
        this.#tell("failed", { item });
      }
    }
  }

  #keep(item) {
    storage.write(this.#prefix + item.client_id, JSON.stringify(item));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
