// The typing indicator above the composer, and the user's own typing notifications.
import { gettext, interpolateNodes, ngettext } from "./i18n.js";
import { Action, FrameType } from "./protocol.js";
/** @import { Socket } from "./socket.js" */
/** @import { Frame } from "./wire.js" */

const THROTTLE = 3000; // ms between two typing notifications to the server
const EXPIRY = 5000; // ms after which somebody no longer counts as typing

/** The line is not a live region: screen readers would announce it all the time. */
export class Typing {
  #socket;
  #roomName;
  #me;
  #line;
  #people = new Map(); // user_id -> {name, until}
  #versions = new Map(); // user_id -> version of their latest message; older typing notifications may still arrive
  #sentAt = -THROTTLE; // like all times here by performance.now(), which ignores changes of the clock
  #timer = 0;
  #lastSeq; // messages above it are new; the others are edits of or reactions to older ones

  /**
   * @param {Socket} socket
   * @param {{ roomName: string, me: number, line: HTMLElement, lastSeq: number }} options
   */
  constructor(socket, { roomName, me, line, lastSeq }) {
    this.#socket = socket;
    this.#roomName = roomName;
    this.#me = me;
    this.#line = line;
    this.#lastSeq = lastSeq;
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    socket.addEventListener("down", () => this.#clear());
  }

  /**
   * Call when the text of the new message changes.
   *
   * @param {string} content
   */
  inputChanged(content) {
    if (!content.trim() || !this.#socket.ready || performance.now() < this.#sentAt + THROTTLE) return;
    this.#sentAt = performance.now();
    this.#socket.send({ action: Action.TYPING, room_name: this.#roomName });
  }

  /** Call when the message is sent: the next notification then goes out at once. */
  sent() {
    this.#sentAt = -THROTTLE;
  }

  /** @param {Frame} frame */
  #receive(frame) {
    if (frame.room_name !== this.#roomName) return;
    if (frame.type === FrameType.TYPING) {
      const until = performance.now() + EXPIRY;
      for (const { user_id, display_name, version } of frame.people) {
        const old = version < (this.#versions.get(user_id) ?? 0);
        if (user_id !== this.#me && !old) this.#people.set(user_id, { name: display_name, until });
      }
    } else if (frame.type === FrameType.MESSAGES && !frame.history) {
      for (const { user_id, seq, version } of frame.messages) {
        if (seq > this.#lastSeq) {
          this.#people.delete(user_id);
          this.#versions.set(user_id, version);
        }
        this.#lastSeq = Math.max(this.#lastSeq, seq);
      }
    } else {
      return;
    }
    this.#show();
  }

  #clear() {
    this.#people.clear();
    this.#show();
  }

  #show() {
    clearTimeout(this.#timer);
    const now = performance.now();
    for (const [userId, { until }] of this.#people) if (until <= now) this.#people.delete(userId);
    this.#line.replaceChildren(...sentence([...this.#people.values()].map((person) => person.name)));
    if (!this.#people.size) return;
    const next = Math.min(...[...this.#people.values()].map((person) => person.until));
    this.#timer = setTimeout(() => this.#show(), next - now);
  }
}

/**
 * "Alice, Bob and 2 others are typing…", each name on its own where letters run the other way.
 *
 * @param {string[]} names
 */
function sentence(names) {
  if (!names.length) return [];
  const shown = names.slice(0, names.length === 3 ? 3 : 2).map((name) => {
    const element = document.createElement("bdi");
    element.textContent = name;
    return element;
  });
  const [one, two, three = ""] = shown;
  const others = names.length - shown.length;
  const texts = [
    gettext("%(one)s is typing…"),
    gettext("%(one)s and %(two)s are typing…"),
    gettext("%(one)s, %(two)s and %(three)s are typing…"),
  ];
  const many = ngettext(
    "%(one)s, %(two)s and %(count)s other are typing…",
    "%(one)s, %(two)s and %(count)s others are typing…",
    others,
  );
  return interpolateNodes(others ? many : texts[shown.length - 1], { one, two, three, count: String(others) });
}
