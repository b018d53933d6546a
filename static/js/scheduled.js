// The page of scheduled messages: local times, and changes made in other tabs and by the server.
import { fetchPage } from "./fragments.js";
import { morph } from "./morph.js";
import { FrameType } from "./protocol.js";
import { socket } from "./shell.js";
import { showMoment } from "./times.js";

const list = document.getElementById("scheduled");

function showTimes() {
  for (const time of list.querySelectorAll("time"))
    showMoment(time, new Date(/** @type {HTMLTimeElement} */ (time).dateTime));
}

async function reload() {
  const fresh = (await fetchPage(location.href))?.getElementById("scheduled");
  if (fresh) morph(list, fresh);
  showTimes();
}

showTimes();
socket.addEventListener("frame", ({ detail: { type, scheduled, notifications } }) => {
  // A message that could not be sent makes a notification. The first frame has all counts: there may have been changes
  // before.
  if (type === FrameType.UNREAD && (scheduled ?? notifications) !== undefined) reload();
});
list.addEventListener("acted", reload);
