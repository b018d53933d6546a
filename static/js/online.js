// Asks who of the room's members is online, here or elsewhere: nobody tells.
import { ApiError, callApi } from "./api.js";

const EVERY = 30_000; // ms, up to half as long again: not all pages ask at once
const SOON = 1000; // ms, up to twice as long: until the server has written down who has gone
const FOR_EACH = 20; // ms longer for each who is here, since their pages ask, too
const MOST = 1000; // that the server gives

/** Event: "told" (detail: {ids, all}; with `all`, nobody else is online). */
export class Online extends EventTarget {
  #path;
  #timer = 0;
  #due = 0; // when
  #asking = false;
  #stopped = false;

  constructor(roomName) {
    super();
    this.#path = `rooms/${encodeURIComponent(roomName)}/online/`;
    document.addEventListener("visibilitychange", () => this.#at(0));
    this.#later();
  }

  /** Somebody has left the room, in which `count` people are now: they may be elsewhere. */
  left(count) {
    this.#at(SOON + Math.random() * Math.max(SOON, FOR_EACH * count));
  }

  /** The room may not be read any more. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #later() {
    this.#at(EVERY * (1 + Math.random() / 2));
  }

  /** In so many ms, unless it is due before. A hidden page asks when it is looked at. */
  #at(wait) {
    if (document.visibilityState !== "visible") this.#forget();
    if (document.visibilityState !== "visible" || this.#stopped) return;
    const due = performance.now() + wait;
    if (this.#timer && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  async #ask() {
    this.#timer = 0;
    if (this.#asking) return this.#at(SOON);
    this.#asking = true;
    try {
      const { online } = await callApi("GET", this.#path);
      this.dispatchEvent(new CustomEvent("told", { detail: { ids: new Set(online), all: online.length < MOST } }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401 || error.status === 404) this.stop(); // signed out, or put out of the room
    } finally {
      this.#asking = false;
      this.#later();
    }
  }
}
