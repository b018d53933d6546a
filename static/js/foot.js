// What stands at the foot of the room: the composer, or the sentence why there is none.
import { setPlace } from "./title.js";

export function showState(state) {
  const focused = document.activeElement?.closest(".foot [data-state]");
  for (const part of document.querySelectorAll(".foot [data-state]")) part.hidden = part.dataset.state !== state;
  showKept();
  if (focused?.hidden) document.getElementById("scroller").focus({ preventScroll: true });
}

/** Where there is no composer, what was typed into it can still be read and copied. */
export function showKept() {
  const typed = document.getElementById("content").value;
  document.getElementById("kept-text").value = typed;
  document.getElementById("kept").hidden = !document.getElementById("composer").hidden || !typed.trim();
}

/** A room as it is called now: only the answer to joining says what a direct one is called, and a change may. */
export function named(room, before) {
  return room.kind === "direct" && !room.title ? { ...room, title: before.title } : room;
}

/** What its members are told of a room that more people may read than before; "" of any other change. */
export function openedNow(room, before) {
  if (room.guests !== "none" && room.guests !== before.guests)
    return "This room is open to people without an account now";
  return room.kind === "open" && before.kind === "private"
    ? "This room is public now: everybody here can read all of it"
    : "";
}

export function showRoom(room, role) {
  document.getElementById("room-title").textContent = room.title || room.name;
  document.getElementById("room-description").textContent = room.description;
  setPlace(room.title || room.name);
  if (room.closed) showState("closed");
  else showState(role ? "write" : "join");
}
