// The place in the list of rooms: it stays when another page is opened, and the open room is in view.
import { tab } from "./storage.js";

const KEY = "parlor:sidebar-place";

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
