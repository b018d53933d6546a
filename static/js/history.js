// Pages of messages, over REST.
import { callApi } from "./api.js";

const PAGE = 50;

export class History {
  #roomName;
  #fetching = 0;
  #meanwhile = [];

  constructor(roomName) {
    this.#roomName = roomName;
  }

  /**
   * Messages, oldest first: below the seq `before`, above the seq `after`, `around` one, or the newest.
   * Throws an ApiError when the server refuses or can't be asked.
   */
  async fetch(position = {}) {
    const query = new URLSearchParams({ ...position, limit: PAGE });
    this.#fetching++;
    try {
      const page = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/?${query}`);
      return page.messages;
    } finally {
      this.#fetching--;
    }
  }

  /** One message. Throws an ApiError. */
  message(seq) {
    return callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/${seq}/`);
  }

  /** What comes live while a page is on its way may be newer than the page. */
  overhear(messages) {
    if (this.#fetching) this.#meanwhile.push(...messages);
  }

  /** What came live while pages were on their way, in the order of `seq`; none while one still is. */
  takeOverheard() {
    if (this.#fetching) return [];
    return this.#meanwhile.splice(0).sort((one, other) => one.seq - other.seq);
  }

  forget() {
    this.#meanwhile = [];
  }
}
