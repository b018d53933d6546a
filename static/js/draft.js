// What somebody is writing in a room: kept over reloads and restarts, the quote it answers and a change begun with it.
import * as storage from "./storage.js";

const EMPTY = Object.freeze({ content: "", reply: null, edit: null });

export class Draft {
  #key;
  #kept;

  /** `key` names person and room. */
  constructor(key) {
    this.#key = key;
    try {
      this.#kept = { ...EMPTY, ...JSON.parse(storage.read(key)) };
    } catch {
      this.#kept = { ...EMPTY };
    }
    // Not what it quotes, which may be taken back while nobody is here: versions before this one kept that, too.
    if (this.#kept.reply?.excerpt !== undefined) this.keep({ reply: { seq: this.#kept.reply.seq } });
  }

  /** The text of the new message, which waits while an earlier one is changed. */
  get content() {
    return this.#kept.content;
  }

  /** What the new message answers: {seq}, or null. */
  get reply() {
    return this.#kept.reply;
  }

  /** The message being changed: {seq, content, was}, or null; `was` is what it said. */
  get edit() {
    return this.#kept.edit;
  }

  /** Keep other parts of it. */
  keep(parts) {
    Object.assign(this.#kept, parts);
    const { content, reply, edit } = this.#kept;
    if (content || reply || edit) storage.write(this.#key, JSON.stringify(this.#kept));
    else storage.remove(this.#key);
  }
}
