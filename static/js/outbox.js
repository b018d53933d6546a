// Messages on their way: kept until the server has acknowledged them, sent in order, one at a time.
import { newClientId } from "./ids.js";
import { Action, ErrorCode } from "./protocol.js";
import * as storage from "./storage.js";

const AGAIN_AFTER = 2000; // ms, when the server is too busy to say how long
const PASSING = new Set(["connection", ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE]);

/**
 * Every item is an entry of its own in the storage, so that two tabs don't overwrite each other; both may send it: the
 * server knows a client_id again. Events: "sent" (detail: {item, ack}), "failed" (detail: {item}), "gone" (detail.clientId:
 * another tab has sent or discarded it). An item that is edited before it is acknowledged is sent as it was, since it may be
 * there already, and then edited: "unsaved" (detail: {item, ack, error}), if that is refused.
 */
export class Outbox extends EventTarget {
  #socket;
  #prefix;
  #sending = false;

  constructor(socket, userId) {
    super();
    this.#socket = socket;
    this.#prefix = storage.prefix("outbox", userId);
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
    const item = {
      client_id: newClientId(),
      room_name: roomName,
      content,
      reply_to: replyTo,
      at: Math.max(Date.now(), after + 1),
    };
    this.#keep(item);
    this.flush();
    return item;
  }

  retry(clientId) {
    const item = this.#item(clientId);
    if (!item) return;
    delete item.failed;
    this.#keep(item);
    this.flush();
  }

  holds(clientId) {
    return Boolean(this.#item(clientId));
  }

  /** Give an item another content; false when there is none of that client_id any more. */
  change(clientId, content) {
    const item = this.#item(clientId);
    if (!item) return false;
    if (item.tried && !item.failed) item.edited = content;
    else item.content = content;
    delete item.failed;
    this.#keep(item);
    this.flush();
    return true;
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

  #item(clientId) {
    return this.items().find((each) => each.client_id === clientId);
  }

  #next() {
    return this.items().find((item) => !item.failed);
  }

  async #send(item) {
    try {
      const { client_id, room_name, content, reply_to } = item; // without reply_to, JSON leaves it out
      this.#keep({ ...item, tried: true });
      const ack = await this.#socket.request({ action: Action.SEND_MESSAGE, room_name, content, client_id, reply_to });
      await this.#edit(client_id, ack);
      this.discard(client_id);
      this.#tell("sent", { item, ack });
    } catch (error) {
      if (PASSING.has(error.code)) {
        await new Promise((resolve) =>
          setTimeout(resolve, error.retryAfter ? error.retryAfter * 1000 : this.#socket.ready ? AGAIN_AFTER : 0),
        );
      } else {
        const now = this.#item(item.client_id) ?? item;
        now.failed = error.message;
        if (now.edited !== undefined) now.content = now.edited; // nothing was posted
        delete now.edited;
        this.#keep(now);
        this.#tell("failed", { item: now });
      }
    }
  }

  /** What was made of an item while it was on its way. */
  async #edit(clientId, ack) {
    for (let item = this.#item(clientId); item?.edited !== undefined; item = this.#item(clientId)) {
      const { room_name, edited: content } = item;
      try {
        ack.version = (
          await this.#socket.request({ action: Action.EDIT_MESSAGE, room_name, seq: ack.seq, content })
        ).version;
      } catch (error) {
        if (PASSING.has(error.code)) throw error;
        this.#tell("unsaved", { item, ack, error });
      }
      const now = this.#item(clientId);
      if (now?.edited === content) this.#keep({ ...now, content, edited: undefined });
    }
  }

  #keep(item) {
    storage.write(this.#prefix + item.client_id, JSON.stringify(item));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
