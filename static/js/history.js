// Fetches pages of messages over REST.
import { callApi } from "./api.js";
/** @import { MessageWire } from "./wire.js" */

/** @typedef {{ before?: number, after?: number, around?: number }} Position each is a seq */

const PAGE = 50;

export class History {
  #roomName;
  #requests = 0; // under way
  /** @type {MessageWire[]} */
  #buffer = []; // live messages that arrived during requests

  /** @param {string} roomName */
  constructor(roomName) {
    this.#roomName = roomName;
  }

  /**
   * Fetches messages, oldest first: below the seq `before`, above the seq `after`, `around` a seq, or the newest.
   * Throws an ApiError when the request fails.
   *
   * @param {Position} position
   * @returns {Promise<MessageWire[]>}
   */
  async fetch(position = {}) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    for (const [name, seq] of Object.entries(position)) query.set(name, String(seq));
    this.#requests++;
    try {
      const page = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/?${query}`);
      return page.messages;
    } finally {
      this.#requests--;
    }
  }

  /**
   * Fetches one message. Throws an ApiError.
   *
   * @param {number} seq
   */
  message(seq) {
    return callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/${seq}/`);
  }

  /**
   * Buffers live messages during requests: they may be newer than the page that is being fetched.
   *
   * @param {MessageWire[]} messages
   */
  buffer(messages) {
    if (this.#requests) this.#buffer.push(...messages);
  }

  /** Returns and clears the buffered messages, sorted by seq; none while a request is still under way. */
  takeBuffered() {
    if (this.#requests) return [];
    return this.#buffer.splice(0).sort((one, other) => one.seq - other.seq);
  }

  clearBuffer() {
    this.#buffer = [];
  }
}
