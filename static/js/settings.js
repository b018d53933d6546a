// The room settings page: keeps the lists of who is banned and muted up to date.
import { fetchPage } from "./fragments.js";
import { morph } from "./morph.js";
import { showLocalTimes } from "./local_times.js";
import { FrameType } from "./protocol.js";
import { socket } from "./shell.js";

const bans = document.getElementById("bans");
const mutes = document.getElementById("mutes");

async function reload() {
  const fresh = await fetchPage(location.pathname);
  for (const list of [bans, mutes]) {
    const now = fresh?.getElementById(list.id);
    if (now) morph(list, now);
  }
  showLocalTimes(mutes);
}

showLocalTimes(mutes);
for (const list of [bans, mutes]) list.addEventListener("acted", reload);
socket.addEventListener("frame", ({ detail }) => {
  if (detail.type === FrameType.PEOPLE && detail.room_name === bans.dataset.room) reload();
});
