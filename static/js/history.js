// Fetches pages of messages over REST.
import { callApi } from "./api.js";

const PAGE = 50;

export class History {
  #roomName;
  #requests = 0; // under way
  #buffer = []; // live messages that arrived during requests

  constructor(roomName) {
    this.#roomName = roomName;
  }

  /**
   * Fetches messages, oldest first: below the seq `before`, above the seq `after`, `around` a seq, or the newest.
   * Throws an ApiError when the request fails.
   */
  async fetch(position = {}) {
    const query = new URLSearchParams({ ...position, limit: PAGE });
    this.#requests++;
    try {
      const page = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/?${query}`);
      return page.messages;
    } finally {
      this.#requests--;
    }
  }

  /** Fetches one message. Throws an ApiError. */
  message(seq) {
    return callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/${seq}/`);
  }

  /** Buffers live messages during requests: they may be newer than the page that is being fetched. */
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
