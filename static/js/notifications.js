// The page of notifications: local times, and changes made elsewhere.
import { fetchPage } from "./fragments.js";
import { morph } from "./morph.js";
import { FrameType } from "./protocol.js";
import { socket } from "./shell.js";
import { showMoment } from "./times.js";

const list = document.getElementById("notifications");
let count = Number(document.getElementById("sidebar-notification-count").textContent);

function showTimes() {
  for (const time of list.querySelectorAll("time"))
    showMoment(time, new Date(/** @type {HTMLTimeElement} */ (time).dateTime));
}

async function reload() {
  const fresh = (await fetchPage(location.href))?.getElementById("notifications");
  if (fresh) morph(list, fresh);
  showTimes();
}

showTimes();
socket.addEventListener("frame", ({ detail }) => {
  if (detail.type !== FrameType.UNREAD || detail.notifications === undefined || detail.notifications === count) return;
  count = detail.notifications;
  reload();
});
list.addEventListener("acted", reload);
