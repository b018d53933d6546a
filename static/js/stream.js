// Follows one room over the socket: keeps its position, asks for what it missed, drops what it has.
import { Action, ErrorCode, FrameType, LeftReason } from "./protocol.js";

/**
 * Events: "messages" (detail: {messages, history}), "clear" (the room starts over), "room" (detail: {room, role}; the role only after a join),
 * "changed" (something that is no message), "left" (detail.reason), "joined", "back" (after a time without it), "online" (detail: {online, online_count}), "presence" (detail: {joined, left, online}).
 */
export class Stream extends EventTarget {
  #socket;
  #room;
  #epoch;
  #position;
  #asked = false; // a join is on its way
  #followed = false; // at some time
  #startingOver = false;
  #stopped = false; // the room is gone, or its reader put out: asking again would join it again

  /** Going in is joining: without a `role` in the room it is not followed. */
  constructor(socket, { room, epoch, role }) {
    super();
    this.#socket = socket;
    this.#room = room.name;
    this.#epoch = epoch;
    this.#position = room.version;
    if (!role) return;
    socket.addEventListener("up", () => this.#join());
    socket.addEventListener("down", () => (this.#asked = false));
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
  }

  async #join() {
    if (this.#asked || this.#stopped) return;
    this.#asked = true;
    const from = this.#startingOver ? {} : { after: this.#position };
    try {
      await this.#socket.request({ action: Action.JOIN_ROOM, room_name: this.#room, ...from });
    } catch (error) {
      this.#asked = false;
      if (error.code === ErrorCode.NOT_FOUND) this.#left(LeftReason.REMOVED);
      else if (this.#socket.ready) setTimeout(() => this.#socket.ready && this.#join(), 2000);
    }
  }

  #receive(frame) {
    if (frame.type === FrameType.HEARTBEAT) {
      if ((frame.versions?.[this.#room] ?? 0) > this.#position) this.#join();
      return;
    }
    if (frame.room_name !== this.#room) return;
    if (frame.type === FrameType.JOINED) this.#joined(frame);
    else if (frame.type === FrameType.MESSAGES) this.#messages(frame);
    else if (frame.type === FrameType.ROOM) this.#tell("room", { room: frame.room, role: frame.role });
    else if (frame.type === FrameType.PRESENCE) this.#tell("presence", frame);
    else if (frame.type === FrameType.LEFT) this.#left(frame.reason);
  }

  #joined(frame) {
    this.#asked = false;
    const restored = frame.epoch !== this.#epoch; // the database is another: its versions mean nothing here
    this.#epoch = frame.epoch;
    if (restored && !this.#startingOver) {
      this.#startingOver = true;
      this.#join();
      return;
    }
    if (this.#startingOver || frame.recovered === false) {
      this.#startingOver = true;
      this.#tell("clear");
    }
    this.#tell("room", { room: frame.room, role: frame.role });
    this.#tell("joined");
    if (this.#followed) this.#tell("back");
    this.#followed = true;
    this.#tell("online", frame);
  }

  #messages(frame) {
    if (frame.history) {
      this.#tell("messages", { messages: frame.messages, history: true });
    } else if (frame.after === null) {
      this.#startingOver = false;
      this.#position = frame.version;
      this.#tell("messages", { messages: frame.messages, history: true });
    } else if (!this.#startingOver && frame.version > this.#position) {
      if (frame.after > this.#position) {
        this.#join(); // a hole: ask for all of it
        return;
      }
      // Each message takes one version: what else there was is of the room, or of who is what in it.
      if (frame.version - frame.after > frame.messages.length) this.#tell("changed");
      const news = frame.messages.filter((message) => message.version > this.#position);
      this.#position = frame.version;
      this.#tell("messages", { messages: news, history: false });
    }
  }

  #left(reason) {
    this.#stopped = true;
    this.#tell("left", { reason });
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
