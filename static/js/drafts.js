// A user's drafts in a room: one new message, with the message it replies to, and unfinished edits. They are shared by
// all tabs of the browser and survive closing them.
import * as storage from "./storage.js";

/**
 * The unfinished edit of a message.
 *
 * @typedef {object} Edit
 * @property {string} content the new text
 * @property {string} base the message's text when the edit began
 * @property {number} [version] the message's version then
 * @property {string} [problem] why saving failed
 * @property {string} [theirs] the message's current text, if another device has changed it
 * @property {number} [saving] since when it is being saved, in ms
 */

const EMPTY = Object.freeze({ content: "", reply: null });

/**
 * Keeps no copy in the page: every write reads the storage first, so that no tab restores what another tab has sent or
 * discarded. Event: "changed" (by another tab).
 */
export class Drafts extends EventTarget {
  #message;
  #edit;

  /**
   * @param {number} userId
   * @param {string} roomName
   */
  constructor(userId, roomName) {
    super();
    this.#message = storage.prefix("draft", userId) + roomName;
    this.#edit = `${storage.prefix("edit", userId)}${roomName}:`;
    if (parse(this.#message)?.reply?.excerpt !== undefined) this.keep({}); // earlier versions stored the quote, too
    storage.onChange((key) => {
      if (key === this.#message || key.startsWith(this.#edit)) this.dispatchEvent(new Event("changed"));
    });
  }

  /** The new message: {content, reply}, where `reply` is {seq} of the message it replies to, or null. */
  get message() {
    const { content, reply } = { ...EMPTY, ...parse(this.#message) };
    return { content, reply: reply && { seq: reply.seq } }; // without the quoted text: its author may delete it
  }

  /**
   * Updates parts of the new message.
   *
   * @param {object} parts
   */
  keep(parts) {
    const message = { ...this.message, ...parts };
    if (message.content || message.reply) storage.write(this.#message, JSON.stringify(message));
    else storage.remove(this.#message);
  }

  /**
   * The unfinished edit of the message with this id, or null. The id is a string: the seq, or the client_id of a
   * message not sent yet.
   *
   * @param {string} id
   */
  edit(id) {
    return parse(this.#edit + id);
  }

  /**
   * @param {string} id
   * @param {object} parts
   */
  keepEdit(id, parts) {
    storage.write(this.#edit + id, JSON.stringify({ ...this.edit(id), ...parts }));
  }

  /** @param {string} id */
  dropEdit(id) {
    storage.remove(this.#edit + id);
  }

  /** The ids of all messages with unfinished edits. */
  get edited() {
    return storage.keys(this.#edit).map((key) => key.slice(this.#edit.length));
  }
}

/** @param {string} key */
function parse(key) {
  try {
    return JSON.parse(storage.read(key));
  } catch {
    return null;
  }
}
