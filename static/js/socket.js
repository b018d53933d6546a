// A WebSocket that reconnects by itself and returns the answers to requests as promises.
import { gettext } from "./i18n.js";
import { Action, CloseCode, FrameType } from "./protocol.js";
/** @import { ActionFrame, Frame } from "./wire.js" */

// All times are in ms.
const FIRST_DELAY = 600; // before the first attempt to reconnect; nearly doubled with each attempt
const MAX_RESTART_DELAY = 4_000; // while the server may just be restarting
const RESTART_ATTEMPTS = 15; // about a minute
const MAX_DELAY = 30_000;
const CROWDED_DELAY = 45_000; // after the server has closed the socket because of too many connections or violations
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 10_000;
const QUIET = 4_000; // of silence before a ping, while the page is visible
const DOUBTFUL = 4_000; // without an answer to the ping before the connection is reported as lost
const DEAD = 4_000; // more before reconnecting: a slow server must not get new connections from everybody at once

/** A failed request. `code` is the server's error code, or "connection" if there was no answer. */
export class RequestError extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {number} [retryAfter]
   */
  constructor(code, detail, retryAfter = 0) {
    super(detail);
    this.code = code;
    this.retryAfter = retryAfter; // seconds
  }
}

/**
 * Events: "up" (the server sent `welcome`), "frame" (detail: the frame), "doubtful" (the server does not respond),
 * "alive" (it responds again), "down" (detail.retryAt: ms, by performance.now()), "stopped" (detail.code: the server
 * has closed the connection for good).
 */
export class Socket extends EventTarget {
  #url;
  /** @type {WebSocket | null} */
  #socket = null;
  #attempt = 0;
  #retry = 0;
  #watch = 0;
  #probe = 0;
  #quiet = 60_000; // like QUIET, while the page is hidden
  #doubtful = false;
  #waiting = new Map(); // request_id -> {resolve, reject, timer}
  #requests = 0;
  #stopped = false;
  #userId;
  ready = false;

  /**
   * `userId` is the user this page was rendered for. The server goes by the cookie, which may be another user's by now.
   *
   * @param {string} path
   * @param {number} userId
   */
  constructor(path, userId) {
    super();
    this.#userId = userId;
    this.#url = new URL(path, location.href);
    this.#url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.ready && this.#ping());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      if (this.ready) this.#ping();
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
    if (this.#socket && this.#doubtful) this.#lost(this.#socket, 0);
    this.connect();
  }

  /**
   * Sends a request. Resolves with the `ack`; rejects with a RequestError, also when the answer is lost.
   *
   * @param {ActionFrame} frame
   */
  request(frame) {
    if (!this.ready) return Promise.reject(new RequestError("connection", gettext("No connection.")));
    const requestId = `r${++this.#requests}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(requestId);
        reject(new RequestError("connection", gettext("The server did not respond.")));
      }, ANSWER_TIMEOUT);
      this.#waiting.set(requestId, { resolve, reject, timer });
      this.#socket?.send(JSON.stringify({ ...frame, request_id: requestId }));
    });
  }

  /**
   * Like `request`, for the user's own actions: waits while the page is still connecting.
   *
   * @param {ActionFrame} frame
   */
  async act(frame) {
    if (!this.ready && this.#socket) await this.#connected();
    return this.request(frame);
  }

  /** Resolves when the connection is up or the attempt to connect has failed. */
  #connected() {
    return new Promise((resolve) => {
      for (const type of ["up", "down", "stopped"]) this.addEventListener(type, resolve, { once: true });
    });
  }

  /**
   * Sends a frame that has no answer; does nothing without a connection.
   *
   * @param {ActionFrame} frame
   */
  send(frame) {
    if (this.ready) this.#socket?.send(JSON.stringify(frame));
  }

  /**
   * @param {WebSocket} socket
   * @param {Frame} frame
   */
  #receive(socket, frame) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#probe);
    if (this.#doubtful) this.dispatchEvent(new Event("alive"));
    this.#doubtful = false;
    if (frame.type === FrameType.WELCOME) {
      // Another user has signed in: messages waiting here must not be sent in their name.
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

  /** @param {Frame} frame */
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
    this.#watch = setTimeout(() => this.#ping(), looking ? QUIET : this.#quiet);
  }

  #ping() {
    const socket = this.#socket;
    if (!socket) return;
    // The page was restored from the back/forward cache.
    if (socket.readyState > WebSocket.OPEN) return this.#lost(socket, 0);
    clearTimeout(this.#probe);
    this.#probe = setTimeout(() => this.#reportDoubt(socket), DOUBTFUL);
    socket.send(JSON.stringify({ action: Action.PING }));
  }

  /** @param {WebSocket} socket */
  #reportDoubt(socket) {
    this.#doubtful = true;
    this.dispatchEvent(new Event("doubtful"));
    this.#probe = setTimeout(() => this.#lost(socket, 0), DEAD);
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #lost(socket, code) {
    if (socket !== this.#socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close(); // a dead connection may take minutes to time out by itself
    this.#socket = null;
    this.ready = this.#doubtful = false;
    clearTimeout(this.#watch);
    clearTimeout(this.#probe);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new RequestError("connection", gettext("The connection was lost.")));
    }
    this.#waiting.clear();
    if (code === CloseCode.NOT_AUTHENTICATED || code === CloseCode.DISCONNECTED) {
      this.#stopped = true;
      this.dispatchEvent(new CustomEvent("stopped", { detail: { code } }));
    } else {
      this.#reconnectLater(code);
    }
  }

  /** @param {number} code */
  #reconnectLater(code) {
    const crowded = code === CloseCode.TOO_MANY_CONNECTIONS || code === CloseCode.TOO_MANY_VIOLATIONS;
    const limit = this.#attempt < RESTART_ATTEMPTS ? MAX_RESTART_DELAY : MAX_DELAY;
    const full = crowded ? CROWDED_DELAY : Math.min(limit, FIRST_DELAY * 1.8 ** this.#attempt++);
    const delay = full * (0.5 + Math.random() / 2); // jitter, so that not all pages reconnect at the same moment
    this.#retry = setTimeout(() => this.connect(), delay);
    this.dispatchEvent(new CustomEvent("down", { detail: { retryAt: performance.now() + delay } }));
  }
}
