// The status line about connection problems, shown only if they last.
import { gettext, interpolate } from "./i18n.js";
import { CloseCode } from "./protocol.js";
/** @import { Socket } from "./socket.js" */

const DELAY = 5000; // ms before the line is shown

export class ConnectionStatus {
  #line = document.getElementById("trouble");
  #text = document.getElementById("trouble-text");
  #announcement = document.getElementById("trouble-said"); // for screen readers, once and without the countdown
  #retryButton = document.getElementById("trouble-now");
  #signIn = document.getElementById("trouble-sign-in");
  #since = 0;
  #retryAt = 0;
  #ticking = 0;

  /** @param {Socket} socket */
  constructor(socket) {
    socket.addEventListener("up", () => this.#recovered());
    socket.addEventListener("alive", () => this.#recovered());
    socket.addEventListener("doubtful", () => this.#down(0, -DELAY)); // the problem has already lasted a while
    socket.addEventListener("down", ({ detail }) => this.#down(detail.retryAt));
    socket.addEventListener("stopped", ({ detail }) => this.#stopped(detail.code));
    this.#retryButton.addEventListener("click", () => socket.retryNow());
    this.#since = performance.now();
    this.#ticking = setInterval(() => this.#show(), 500); // the first connection can fail, too
  }

  /** @param {number} retryAt */
  #down(retryAt, since = performance.now()) {
    this.#since = Math.min(this.#since || Infinity, since);
    this.#retryAt = retryAt;
    this.#show();
    if (!this.#ticking) this.#ticking = setInterval(() => this.#show(), 500);
  }

  #show() {
    if (performance.now() - this.#since < DELAY) return;
    const seconds = Math.ceil((this.#retryAt - performance.now()) / 1000);
    const retrying = gettext("No connection. Retrying in %(seconds)s s.");
    this.#setText(seconds > 0 ? interpolate(retrying, { seconds }) : gettext("No connection. Retrying…"));
    this.#line.hidden = false;
    if (!this.#announcement.textContent) this.#announcement.textContent = gettext("No connection.");
  }

  /** @param {string} sentence */
  #setText(sentence) {
    if (this.#text.textContent !== sentence) this.#text.textContent = sentence;
  }

  #recovered() {
    clearInterval(this.#ticking);
    this.#ticking = this.#since = 0;
    this.#line.hidden = true;
    this.#announcement.textContent = "";
  }

  /** @param {number} code */
  #stopped(code) {
    this.#recovered();
    const signedOut = code === CloseCode.NOT_AUTHENTICATED;
    const sentence = signedOut ? gettext("You are signed out.") : gettext("A moderator disconnected you.");
    this.#setText(sentence);
    this.#announcement.textContent = sentence;
    this.#signIn.hidden = !signedOut;
    this.#retryButton.hidden = true;
    this.#line.hidden = false;
  }
}
