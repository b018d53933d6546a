// The place in the list of rooms: it stays when another page is opened, and the open room is in view.
const KEY = "parlor:sidebar-place"; // in sessionStorage: each tab has its own

export function keepPlace() {
  const list = document.getElementById("sidebar-scroll");
  const restore = () => {
    list.scrollTop = Number(sessionStorage.getItem(KEY));
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  };
  try {
    restore();
  } catch {
    return; // the browser blocks storage
  }
  // A drawer that is closed has no place.
  addEventListener("pagehide", () => list.clientHeight && sessionStorage.setItem(KEY, String(list.scrollTop)));
  document.getElementById("sidebar").addEventListener("toggle", restore);
}
