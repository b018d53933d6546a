// The desk of moderators: local times, and new reports as they come in.
import { fetchPage } from "./fragments.js";
import { gettext } from "./i18n.js";
import { showLocalTimes } from "./local_times.js";
import { FrameType } from "./protocol.js";
import { socket } from "./shell.js";
import { showToast } from "./toast.js";

const desk = document.getElementById("desk");
/** @type {number | undefined} */
let known;

/** Shows the number of open reports again; the reports themselves stay, because somebody may be writing about one. */
async function recount() {
  const fresh = (await fetchPage(location.href))?.getElementById("open-reports");
  if (fresh) document.getElementById("open-reports").textContent = fresh.textContent.trim();
}

showLocalTimes(desk);
socket.addEventListener("frame", ({ detail: { type, reports } }) => {
  if (type !== FrameType.UNREAD || reports === undefined) return;
  if (known !== undefined && reports > known) {
    const link = Object.assign(document.createElement("a"), { href: "", textContent: gettext("Show") });
    showToast(gettext("Something was reported."), link);
  }
  if (known !== undefined && reports !== known) recount();
  known = reports;
});
