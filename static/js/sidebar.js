// The list of rooms: its place stays when another page is opened, with the open room in view, and it can be filtered.
// Sections are collapsed and expanded, and rooms dragged to other lists.
import { callApi } from "./api.js";
import { gettext } from "./i18n.js";
import { loadScript } from "./lazy.js";
import { matchRank } from "./matching.js";
import { tab } from "./storage.js";
import { showToast } from "./toast.js";

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
    document.getElementById("sidebar").toggleAttribute("data-filtered", Boolean(words));
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

/** Lets sections be collapsed and expanded, and rooms be dragged. */
export function attachSections() {
  const sidebar = document.getElementById("sidebar");
  sidebar.addEventListener("click", async (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("[form=sidebar-collapse]");
    if (!button) return;
    event.preventDefault();
    const section = /** @type {HTMLElement} */ (button.closest(".sidebar-section"));
    const collapsed = !section.hasAttribute("data-collapsed");
    collapse(section, collapsed);
    try {
      await callApi("PATCH", `sections/${section.dataset.section}/`, { collapsed });
    } catch (error) {
      collapse(section, !collapsed);
      showToast(/** @type {Error} */ (error).message);
    }
  });
  /** @type {HTMLElement | null | undefined} */
  let dragged = null;
  sidebar.addEventListener("dragstart", async ({ target }) => {
    const room = (dragged = /** @type {HTMLElement} */ (target).closest?.(".sidebar-room"));
    if (!room) return;
    const script = await loadScript("sidebar-sections");
    if (room === dragged) script?.dragRoom(room); // else it was dropped meanwhile
  });
  sidebar.addEventListener("dragend", () => (dragged = null));
}

/**
 * Shows a section of the sidebar as collapsed or expanded.
 *
 * @param {HTMLElement} section
 * @param {boolean} collapsed
 */
export function collapse(section, collapsed) {
  section.toggleAttribute("data-collapsed", collapsed);
  section.querySelector("button").ariaExpanded = String(!collapsed);
}
