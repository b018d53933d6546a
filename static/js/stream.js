// Follows one room over the socket: tracks its position, requests missed messages, drops duplicates.
import { Action, ErrorCode, FrameType, LeftReason } from "./protocol.js";
/** @import { RequestError, Socket } from "./socket.js" */
/** @import { Frame, RoomWire } from "./wire.js" */

/**
 * Events: "messages" (detail: {messages, history}), "clear" (discard all messages), "room" (detail: {room, role}; the
 * role only after a join), "changed" (something other than a message), "left" (detail.reason), "joined", "back" (joined
 * again after a disconnect), "online" (detail: {online, online_count}), "presence" (detail: {joined, left, online}).
 */
export class Stream extends EventTarget {
  #socket;
  #room;
  #epoch;
  #position;
  #joining = false;
  #joinedBefore = false;
  #resetting = false;
  #stopped = false; // the room was deleted or the user removed: another request would join it again

  /**
   * Following a room joins it, so a room without a `role` in it is only previewed.
   *
   * @param {Socket} socket
   * @param {{ room: RoomWire, epoch: string, role: string | null }} options
   */
  constructor(socket, { room, epoch, role }) {
    super();
    this.#socket = socket;
    this.#room = room.name;
    this.#epoch = epoch;
    this.#position = room.version;
    if (!role) return;
    socket.addEventListener("up", () => this.#join());
    socket.addEventListener("down", () => (this.#joining = false));
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
  }

  async #join() {
    if (this.#joining || this.#stopped) return;
    this.#joining = true;
    const from = this.#resetting ? {} : { after: this.#position };
    try {
      await this.#socket.request({ action: Action.JOIN_ROOM, room_name: this.#room, ...from });
    } catch (error) {
      this.#joining = false;
      if (/** @type {RequestError} */ (error).code === ErrorCode.NOT_FOUND) this.#left(LeftReason.REMOVED);
      else if (this.#socket.ready) setTimeout(() => this.#socket.ready && this.#join(), 2000);
    }
  }

  /** @param {Frame} frame */
  #receive(frame) {
    if (frame.type === FrameType.HEARTBEAT) {
      if ((frame.versions?.[this.#room] ?? 0) > this.#position) this.#join();
      return;
    }
    if (frame.room_name !== this.#room) return;
    if (frame.type === FrameType.JOINED) this.#joined(frame);
    else if (frame.type === FrameType.MESSAGES) this.#messages(frame);
    else if (frame.type === FrameType.ROOM) this.#emit("room", { room: frame.room, role: frame.role });
    else if (frame.type === FrameType.PRESENCE) this.#emit("presence", frame);
    else if (frame.type === FrameType.LEFT) this.#left(frame.reason);
  }

  /** @param {Frame} frame */
  #joined(frame) {
    this.#joining = false;
    const restored = frame.epoch !== this.#epoch; // the database was replaced: the known versions are meaningless
    this.#epoch = frame.epoch;
    if (restored && !this.#resetting) {
      this.#resetting = true;
      this.#join();
      return;
    }
    if (this.#resetting || frame.recovered === false) {
      this.#resetting = true;
      this.#emit("clear");
    }
    this.#emit("room", { room: frame.room, role: frame.role });
    this.#emit("joined");
    if (this.#joinedBefore) this.#emit("back");
    this.#joinedBefore = true;
    this.#emit("online", frame);
  }

  /** @param {Frame} frame */
  #messages(frame) {
    if (frame.history) {
      this.#emit("messages", { messages: frame.messages, history: true });
    } else if (frame.after === null) {
      this.#resetting = false;
      this.#position = frame.version;
      this.#emit("messages", { messages: frame.messages, history: true });
    } else if (!this.#resetting && frame.version > this.#position) {
      if (frame.after > this.#position) {
        this.#join(); // a gap: request what is missing
        return;
      }
      // Each message takes one version; any others are changes of the room or its members.
      if (frame.version - frame.after > frame.messages.length) this.#emit("changed");
      const news = frame.messages.filter((message) => message.version > this.#position);
      this.#position = frame.version;
      this.#emit("messages", { messages: news, history: false });
    }
  }

  /** @param {string} reason */
  #left(reason) {
    this.#stopped = true;
    this.#emit("left", { reason });
  }

  /**
   * @param {string} name
   * @param {object} [detail]
   */
  #emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
