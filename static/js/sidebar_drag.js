// Drags a room of the sidebar to its favourites, a section, or back. Loaded when it is first done.
import { callApi } from "./api.js";
import { showToast } from "./toast.js";

const sidebar = document.getElementById("sidebar");
const favourites = document.getElementById("sidebar-favourites");

/**
 * Follows a room that the pointer has begun to drag, until it is dropped.
 *
 * @param {HTMLElement} room
 */
export function dragRoom(room) {
  const from = room.parentElement;
  const usual = document.getElementById(room.hasAttribute("data-direct") ? "sidebar-direct" : "sidebar-rooms");
  /** @type {HTMLElement | null} */
  let to = null;
  const ended = new AbortController();
  const { signal } = ended;

  /** @param {HTMLElement | null} list */
  const mark = (list) => {
    if (list === to) return;
    to?.classList.remove("sidebar-drop");
    list?.classList.add("sidebar-drop");
    to = list;
  };
  sidebar.classList.add("sidebar-dragging");
  sidebar.addEventListener(
    "dragover",
    (event) => {
      const list = listAt(/** @type {HTMLElement} */ (event.target), usual);
      mark(list === from ? null : list);
      if (to) event.preventDefault(); // it can be dropped here
    },
    { signal },
  );
  sidebar.addEventListener(
    "drop",
    (event) => {
      event.preventDefault(); // a browser would open the link
      if (to) move(room, to);
    },
    { signal },
  );
  document.addEventListener(
    "dragend",
    () => {
      mark(null);
      sidebar.classList.remove("sidebar-dragging");
      ended.abort();
    },
    { signal },
  );
}

/**
 * The list at a place of the sidebar, also on its heading. A room that is not in a section has only one list.
 *
 * @param {HTMLElement} place
 * @param {HTMLElement} usual
 */
function listAt(place, usual) {
  const section = place.closest(".sidebar-section");
  if (section) return section.querySelector("ul");
  const near = place.closest(".sidebar-rooms, .sidebar-heading");
  return near && (near === favourites || near.id === "sidebar-favourites-heading" ? favourites : usual);
}

/**
 * @param {HTMLElement} room
 * @param {HTMLElement} list
 */
async function move(room, list) {
  const { section } = /** @type {HTMLElement} */ (list.closest(".sidebar-section"))?.dataset ?? {};
  const changes =
    list === favourites ? { favourite: true } : { favourite: false, section: section ? Number(section) : null };
  try {
    await callApi("PATCH", `rooms/${encodeURIComponent(room.dataset.room)}/membership/`, changes);
  } catch (error) {
    showToast(/** @type {Error} */ (error).message);
  }
}
