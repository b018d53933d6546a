// One quiet line about the connection, once trouble has lasted.
import { CloseCode } from "./protocol.js";

const PATIENCE = 5000; // ms before anything is said

export class TroubleLine {
  #line = document.getElementById("trouble");
  #text = document.getElementById("trouble-text");
  #said = document.getElementById("trouble-said"); // to a screen reader, without the countdown: once is enough
  #now = document.getElementById("trouble-now");
  #signIn = document.getElementById("trouble-sign-in");
  #since = 0;
  #retryAt = 0;
  #ticking = 0;

  constructor(socket) {
    socket.addEventListener("up", () => this.#over());
    socket.addEventListener("alive", () => this.#over());
    socket.addEventListener("doubtful", () => this.#down(0, -PATIENCE)); // it has lasted already
    socket.addEventListener("down", ({ detail }) => this.#down(detail.retryAt));
    socket.addEventListener("stopped", ({ detail }) => this.#stopped(detail.code));
    this.#now.addEventListener("click", () => socket.retryNow());
    this.#since = performance.now();
    this.#ticking = setInterval(() => this.#show(), 500); // the first connection can fail, too
  }

  #down(retryAt, since = performance.now()) {
    this.#since = Math.min(this.#since || Infinity, since);
    this.#retryAt = retryAt;
    this.#show();
    if (!this.#ticking) this.#ticking = setInterval(() => this.#show(), 500);
  }

  #show() {
    if (performance.now() - this.#since < PATIENCE) return;
    const seconds = Math.ceil((this.#retryAt - performance.now()) / 1000);
    this.#say(seconds > 0 ? `No connection. Trying again in ${seconds} s.` : "No connection. Trying…");
    this.#line.hidden = false;
    if (!this.#said.textContent) this.#said.textContent = "No connection.";
  }

  #say(sentence) {
    if (this.#text.textContent !== sentence) this.#text.textContent = sentence;
  }

  #over() {
    clearInterval(this.#ticking);
    this.#ticking = this.#since = 0;
    this.#line.hidden = true;
    this.#said.textContent = "";
  }

  #stopped(code) {
    this.#over();
    const signedOut = code === CloseCode.NOT_AUTHENTICATED;
    const sentence = signedOut ? "You are signed out here." : "A moderator has disconnected you.";
    this.#say(sentence);
    this.#said.textContent = sentence;
    this.#signIn.hidden = !signedOut;
    this.#now.hidden = true;
    this.#line.hidden = false;
  }
}
