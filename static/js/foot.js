// The foot of the room page: the composer, or the reason why there is none.
import { gettext } from "./i18n.js";
import { setPlace } from "./title.js";
/** @import { RoomWire } from "./wire.js" */

/** @param {string} state */
export function showState(state) {
  const focused = document.activeElement?.closest(".foot [data-state]");
  for (const part of document.querySelectorAll(".foot [data-state]")) part.hidden = part.dataset.state !== state;
  showKept();
  if (focused?.hidden) document.getElementById("scroller").focus({ preventScroll: true });
}

/** Shows typed text to copy when the composer is hidden. */
export function showKept() {
  const typed = /** @type {HTMLTextAreaElement} */ (document.getElementById("content")).value;
  /** @type {HTMLTextAreaElement} */ (document.getElementById("kept-text")).value = typed;
  document.getElementById("kept").hidden = !document.getElementById("composer").hidden || !typed.trim();
}

/**
 * Keeps the title of a direct room, which only some frames carry: the answer to joining always does.
 *
 * @param {RoomWire} room
 * @param {RoomWire} before
 */
export function keepTitle(room, before) {
  return room.kind === "direct" && !room.title ? { ...room, title: before.title } : room;
}

/**
 * The notice for a room that more people can now read, or "" for any other change.
 *
 * @param {RoomWire} room
 * @param {RoomWire} before
 */
export function visibilityNotice(room, before) {
  if (room.guests !== "none" && room.guests !== before.guests)
    return gettext("This room is now open to guests (people without an account)");
  return room.kind === "open" && before.kind === "private"
    ? gettext("This room is now public: everybody on this server can read all of it")
    : "";
}

/**
 * @param {RoomWire} room
 * @param {string | null} role
 */
export function showRoom(room, role) {
  document.getElementById("room-title").textContent = room.title || room.name;
  document.getElementById("room-description").textContent = room.description;
  setPlace(room.title || room.name);
  if (room.closed) showState("closed");
  else showState(role ? "write" : "join");
}
