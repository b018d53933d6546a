// Who else is writing, in one line above the composer; and that oneself is.
import { Action, FrameType } from "./protocol.js";

const EVERY = 3000; // ms between two words to the server that one is writing
const SHOWN_FOR = 5000; // ms that somebody is taken to be writing

/** The line is no live region: a screen reader that announced it would talk all the time. */
export class Typing {
  #socket;
  #roomName;
  #me;
  #line;
  #people = new Map(); // user_id -> {name, until}
  #said = new Map(); // user_id -> version of their latest message: word of their writing it may come later
  #toldAt = -EVERY; // like all moments here by performance.now, which no change of the clock moves
  #timer = 0;
  #lastSeq; // what comes above it is new; below, somebody changed or reacted to an old message

  constructor(socket, { roomName, me, line, lastSeq }) {
    this.#socket = socket;
    this.#roomName = roomName;
    this.#me = me;
    this.#line = line;
    this.#lastSeq = lastSeq;
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    socket.addEventListener("down", () => this.#clear());
  }

  /** The box of a new message holds `content` now. */
  wrote(content) {
    if (!content.trim() || !this.#socket.ready || performance.now() < this.#toldAt + EVERY) return;
    this.#toldAt = performance.now();
    this.#socket.tell({ action: Action.TYPING, room_name: this.#roomName });
  }

  /** What was written is sent: the next word is told at once. */
  sent() {
    this.#toldAt = -EVERY;
  }

  #receive(frame) {
    if (frame.room_name !== this.#roomName) return;
    if (frame.type === FrameType.TYPING) {
      const until = performance.now() + SHOWN_FOR;
      for (const { user_id, display_name, version } of frame.people) {
        const old = version < (this.#said.get(user_id) ?? 0);
        if (user_id !== this.#me && !old) this.#people.set(user_id, { name: display_name, until });
      }
    } else if (frame.type === FrameType.MESSAGES && !frame.history) {
      for (const { user_id, seq, version } of frame.messages) {
        if (seq > this.#lastSeq) {
          this.#people.delete(user_id);
          this.#said.set(user_id, version);
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

/** "Alice, Bob and 2 others are typing…", each name on its own where letters run the other way. */
function sentence(names) {
  if (!names.length) return [];
  const shown = names.slice(0, names.length === 3 ? 3 : 2).map((name) => {
    const element = document.createElement("bdi");
    element.textContent = name;
    return element;
  });
  const others = names.length - shown.length;
  const last = others ? `${others} others` : shown.length > 1 ? shown.pop() : null;
  const parts = shown.flatMap((name, place) => (place ? [", ", name] : [name]));
  if (last) parts.push(" and ", last);
  return [...parts, names.length > 1 ? " are typing…" : " is typing…"];
}
