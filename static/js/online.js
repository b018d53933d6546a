// Polls which of the room's members are online, here or elsewhere: the server does not push it.
import { ApiError, callApi } from "./api.js";

const INTERVAL = 30_000; // ms, plus up to half of it at random, so that not all pages ask at once
const LEAVE_DELAY = 1000; // ms, up to twice that, within which the server records that somebody has left
const DELAY_PER_PERSON = 20; // ms more for each person present, whose pages ask, too
const MAX_RESULTS = 1000; // ids that the server returns

/** Event: "updated" (detail: {ids, away, all}; `away`: those who are away; `all`: the list is complete). */
export class Online extends EventTarget {
  #path;
  #timer = 0;
  #due = 0; // performance.now() of the next poll
  #polling = false;
  #stopped = false;

  /** @param {string} roomName */
  constructor(roomName) {
    super();
    this.#path = `rooms/${encodeURIComponent(roomName)}/online/`;
    document.addEventListener("visibilitychange", () => this.#pollIn(0));
    this.#pollLater();
  }

  /**
   * Polls soon: somebody has left the room, where `count` people remain, but may be online elsewhere.
   *
   * @param {number} count
   */
  personLeft(count) {
    this.#pollIn(LEAVE_DELAY + Math.random() * Math.max(LEAVE_DELAY, DELAY_PER_PERSON * count));
  }

  /** Stops polling: the user may no longer read the room. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #pollLater() {
    this.#pollIn(INTERVAL * (1 + Math.random() / 2));
  }

  /**
   * Polls in `delay` ms, unless a poll is due earlier. A hidden page polls once it is visible again.
   *
   * @param {number} delay
   */
  #pollIn(delay) {
    if (document.visibilityState !== "visible") this.#cancel();
    if (document.visibilityState !== "visible" || this.#stopped) return;
    const due = performance.now() + delay;
    if (this.#timer && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#poll(), delay);
  }

  #cancel() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  async #poll() {
    this.#timer = 0;
    if (this.#polling) return this.#pollIn(LEAVE_DELAY);
    this.#polling = true;
    try {
      const { online, away } = await callApi("GET", this.#path);
      this.dispatchEvent(
        new CustomEvent("updated", {
          detail: { ids: new Set(online), away: new Set(away), all: online.length < MAX_RESULTS },
        }),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401 || error.status === 404) this.stop(); // signed out, or removed from the room
    } finally {
      this.#polling = false;
      this.#pollLater();
    }
  }
}
