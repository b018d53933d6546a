// One WebSocket that comes back by itself, with answers to requests as promises.
import { Action, CloseCode, FrameType } from "./protocol.js";

const FIRST_DELAY = 600; // ms before the first new attempt, about doubled with each
const LONGEST_DELAY = 4_000; // while it may be just a restart
const RESTART_ATTEMPTS = 15; // about a minute
const LATER_DELAY = 30_000;
const PATIENT_DELAY = 45_000; // after the server said that it has too many connections
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 10_000;
const QUIET = 4_000; // ms of silence after which the line is asked whether it lives, while somebody looks at the page
const DOUBTFUL = 4_000; // ms without an answer after which it is said that there is no connection
const DEAD = 4_000; // ms more after which another is made: a server that is only slow is not asked by everybody at once

/** Why a request has no answer: `code` is the server's, or "connection" when it never answered. */
export class RequestError extends Error {
  constructor(code, detail, retryAfter = 0) {
    super(detail);
    this.code = code;
    this.retryAfter = retryAfter; // seconds
  }
}

/**
 * Events: "up" (the server said welcome), "frame" (detail: the frame), "doubtful" (it does not answer), "alive" (it does
 * again), "down" (detail.retryAt: ms, by performance.now), "stopped" (detail.code: the server does not want this page back).
 */
export class Socket extends EventTarget {
  #url;
  #socket = null;
  #attempt = 0;
  #retry = 0;
  #watch = 0;
  #probe = 0;
  #quiet = 60_000; // the same as QUIET, while nobody looks
  #doubtful = false;
  #waiting = new Map(); // request_id -> {resolve, reject, timer}
  #requests = 0;
  #stopped = false;
  #userId;
  ready = false;

  /** `userId` is whose page this is: to the server it is whoever the cookie says. */
  constructor(path, userId) {
    super();
    this.#userId = userId;
    this.#url = new URL(path, location.href);
    this.#url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.ready && this.#askWhetherAlive());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      if (this.ready) this.#askWhetherAlive();
      else this.retryNow();
    });
  }

  connect() {
    if (this.#socket || this.#stopped) return;
    clearTimeout(this.#retry);
    const socket = (this.#socket = new WebSocket(this.#url));
    this.#watch = setTimeout(() => this.#lost(socket, 0), CONNECT_TIMEOUT);
    socket.onmessage = (event) => this.#receive(socket, JSON.parse(event.data));
    socket.onclose = (event) => this.#lost(socket, event.code);
  }

  retryNow() {
    this.#attempt = 0;
    if (this.#doubtful) this.#lost(this.#socket, 0);
    this.connect();
  }

  /** Resolves with the `ack`; rejects with a RequestError. Never both sent and forgotten: a lost answer rejects. */
  request(frame) {
    if (!this.ready) return Promise.reject(new RequestError("connection", "There is no connection right now."));
    const requestId = `r${++this.#requests}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(requestId);
        reject(new RequestError("connection", "The server did not answer."));
      }, ANSWER_TIMEOUT);
      this.#waiting.set(requestId, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ ...frame, request_id: requestId }));
    });
  }

  /** Like `request`, for what somebody does: while the page is still connecting, it waits for the connection. */
  async act(frame) {
    if (!this.ready && this.#socket) await this.#connected();
    return this.request(frame);
  }

  /** Resolves when the server has said welcome, or when this attempt to connect has failed. */
  #connected() {
    return new Promise((resolve) => {
      for (const type of ["up", "down", "stopped"]) this.addEventListener(type, resolve, { once: true });
    });
  }

  /** Send what has no answer; nothing happens while there is no connection. */
  tell(frame) {
    if (this.ready) this.#socket.send(JSON.stringify(frame));
  }

  #receive(socket, frame) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#probe);
    if (this.#doubtful) this.dispatchEvent(new Event("alive"));
    this.#doubtful = false;
    if (frame.type === FrameType.WELCOME) {
      // Somebody else has signed in meanwhile: what waits here must not go out in their name.
      if (frame.user_id !== this.#userId) return this.#lost(socket, CloseCode.NOT_AUTHENTICATED);
      this.ready = true;
      this.#attempt = 0;
      if (frame.heartbeat_interval) this.#quiet = frame.heartbeat_interval * 1500;
      this.dispatchEvent(new Event("up"));
    }
    this.#watchSilence();
    this.#settle(frame);
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  #settle(frame) {
    const waiting = this.#waiting.get(frame.request_id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(frame.request_id);
    if (frame.type === FrameType.ERROR) waiting.reject(new RequestError(frame.code, frame.detail, frame.retry_after));
    else waiting.resolve(frame);
  }

  #watchSilence() {
    clearTimeout(this.#watch);
    const looking = document.visibilityState === "visible";
    this.#watch = setTimeout(() => this.#askWhetherAlive(), looking ? QUIET : this.#quiet);
  }

  #askWhetherAlive() {
    const socket = this.#socket;
    if (socket.readyState > WebSocket.OPEN) return this.#lost(socket, 0); // a page taken out of the browser's back cache
    clearTimeout(this.#probe);
    this.#probe = setTimeout(() => this.#doubt(socket), DOUBTFUL);
    socket.send(JSON.stringify({ action: Action.PING }));
  }

  #doubt(socket) {
    this.#doubtful = true;
    this.dispatchEvent(new Event("doubtful"));
    this.#probe = setTimeout(() => this.#lost(socket, 0), DEAD);
  }

  #lost(socket, code) {
    if (socket !== this.#socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close(); // a dead line would take minutes to say so itself
    this.#socket = null;
    this.ready = this.#doubtful = false;
    clearTimeout(this.#watch);
    clearTimeout(this.#probe);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new RequestError("connection", "The connection was lost."));
    }
    this.#waiting.clear();
    if (code === CloseCode.NOT_AUTHENTICATED || code === CloseCode.DISCONNECTED) {
      this.#stopped = true;
      this.dispatchEvent(new CustomEvent("stopped", { detail: { code } }));
    } else {
      this.#comeBack(code);
    }
  }

  #comeBack(code) {
    const crowded = code === CloseCode.TOO_MANY_CONNECTIONS || code === CloseCode.TOO_MANY_VIOLATIONS;
    const longest = this.#attempt < RESTART_ATTEMPTS ? LONGEST_DELAY : LATER_DELAY;
    const full = crowded ? PATIENT_DELAY : Math.min(longest, FIRST_DELAY * 1.8 ** this.#attempt++);
    const delay = full * (0.5 + Math.random() / 2); // jitter: not everybody at the same moment after a restart
    this.#retry = setTimeout(() => this.connect(), delay);
    this.dispatchEvent(new CustomEvent("down", { detail: { retryAt: performance.now() + delay } }));
  }
}
