// The list of rooms: its place stays when another page is opened, with the open room in view, and it can be filtered.
import { gettext } from "./i18n.js";
import { matchRank } from "./matching.js";
import { tab } from "./storage.js";

const KEY = "parlor:sidebar-place";
const CONTAINED = 3; // the worst rank of names that contain a text

export function keepPlace() {
  const list = document.getElementById("sidebar-scroll");
  const restore = () => {
    list.scrollTop = Number(tab.read(KEY));
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  };
  restore();
  // A drawer that is closed has no place.
  addEventListener("pagehide", () => list.clientHeight && tab.write(KEY, String(list.scrollTop)));
  document.getElementById("sidebar").addEventListener("toggle", restore);
}

/** Lets the field above a long list of rooms filter it. Enter goes to the first room, Escape shows all again. */
export function attachFilter() {
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById("sidebar-filter"));
  if (!field) return;
  const rooms = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#sidebar .sidebar-room")]);
  const filter = () => {
    const words = field.value.trim();
    for (const room of rooms())
      room.hidden = Boolean(words) && matchRank(words, room.querySelector("bdi").textContent) > CONTAINED;
    document.getElementById("sidebar-filter-none").textContent = rooms().every((room) => room.hidden)
      ? gettext("No results")
      : "";
  };
  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter")
      rooms()
        .find((room) => !room.hidden)
        ?.querySelector("a")
        .click();
    if (event.key !== "Escape" || !field.value) return;
    event.preventDefault();
    field.value = "";
    filter();
  });
}
