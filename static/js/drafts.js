// A user's drafts in a room: one new message, with the message it replies to and its files, and unfinished edits. They
// are shared by all tabs of the browser and survive closing them.
import * as storage from "./storage.js";
/** @import { Attachment } from "./wire.js" */

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
 * @property {boolean} [hasFiles] whether the message has files; its text may then be empty
 */

/**
 * A file of the new message.
 *
 * @typedef {object} DraftFile
 * @property {string} key under which file_store.js keeps it until it is uploaded
 * @property {string} name
 * @property {number} size bytes
 * @property {string} type as the browser guesses it
 * @property {string} [id] of its upload, once the server knows it
 * @property {Attachment} [attachment] once it is uploaded
 */

/** @typedef {{ content: string, reply: { seq: number } | null, files: DraftFile[] }} DraftMessage */

/** @type {Readonly<DraftMessage>} */
const EMPTY = Object.freeze({ content: "", reply: null, files: [] });

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

  /**
   * The new message: {content, reply, files}, where `reply` is {seq} of the message it replies to, or null.
   *
   * @returns {DraftMessage}
   */
  get message() {
    const { content, reply, files } = { ...EMPTY, ...parse(this.#message) };
    return { content, reply: reply && { seq: reply.seq }, files }; // without the quoted text: its author may delete it
  }

  /**
   * Updates parts of the new message.
   *
   * @param {Partial<DraftMessage>} parts
   */
  keep(parts) {
    const message = { ...this.message, ...parts };
    if (message.content || message.reply || message.files.length) storage.write(this.#message, JSON.stringify(message));
    else storage.remove(this.#message);
  }

  /**
   * Updates parts of one file of the new message; does nothing if it was removed or sent.
   *
   * @param {string} key
   * @param {Partial<DraftFile>} parts
   */
  keepFile(key, parts) {
    const { files } = this.message;
    if (!files.some((file) => file.key === key)) return;
    this.keep({ files: files.map((file) => (file.key === key ? { ...file, ...parts } : file)) });
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

/**
 * The keys of all files in the user's drafts, of any room.
 *
 * @param {number} userId
 * @returns {string[]}
 */
export function fileKeys(userId) {
  const drafts = storage.keys(storage.prefix("draft", userId)).map(parse);
  return drafts.flatMap((draft) => (draft?.files ?? []).map((/** @type {DraftFile} */ file) => file.key));
}

/** @param {string} key */
function parse(key) {
  try {
    return JSON.parse(storage.read(key));
  } catch {
    return null;
  }
}
