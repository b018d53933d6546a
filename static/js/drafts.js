// What somebody is writing in a room: one new message with what it answers, and the edits they have begun. All tabs of
// a browser share it, and it outlives them.
import * as storage from "./storage.js";

const EMPTY = Object.freeze({ content: "", reply: null });

/**
 * Nothing of it is kept in the page: whoever writes reads it first, so that no tab puts back what another has sent or
 * thrown away, whether or not it has been told of that. Event: "changed", by another tab.
 */
export class Drafts extends EventTarget {
  #message;
  #edit;

  constructor(userId, roomName) {
    super();
    this.#message = storage.prefix("draft", userId) + roomName;
    this.#edit = `${storage.prefix("edit", userId)}${roomName}:`;
    if (parse(this.#message)?.reply?.excerpt !== undefined) this.keep({}); // versions before this one kept the quote
    storage.onChange((key) => {
      if (key === this.#message || key.startsWith(this.#edit)) this.dispatchEvent(new Event("changed"));
    });
  }

  /** The new message: its `content`, and the `seq` of what it answers as `reply`, or null. */
  get message() {
    const { content, reply } = { ...EMPTY, ...parse(this.#message) };
    return { content, reply: reply && { seq: reply.seq } }; // not what it quotes: that may be taken back
  }

  /** Keep other parts of the new message. */
  keep(parts) {
    const message = { ...this.message, ...parts };
    if (message.content || message.reply) storage.write(this.#message, JSON.stringify(message));
    else storage.remove(this.#message);
  }

  /**
   * The edit of the message with this id, or null: `content` as it is to be, and, as it was when it was begun, the
   * message's content as `base` and its `version`; `problem` is the sentence why it could not be saved, `theirs` what the
   * message says now if another device has changed it. An id is a seq, or a client_id of what has none yet, as text.
   */
  edit(id) {
    return parse(this.#edit + id);
  }

  keepEdit(id, parts) {
    storage.write(this.#edit + id, JSON.stringify({ ...this.edit(id), ...parts }));
  }

  dropEdit(id) {
    storage.remove(this.#edit + id);
  }

  /** The ids of the messages with edits that are begun. */
  get edited() {
    return storage.keys(this.#edit).map((key) => key.slice(this.#edit.length));
  }
}

function parse(key) {
  try {
    return JSON.parse(storage.read(key));
  } catch {
    return null;
  }
}
