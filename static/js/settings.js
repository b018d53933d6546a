// The room settings page: keeps the list of bans up to date.
import { fetchPage } from "./fragments.js";
import { morph } from "./morph.js";
import { FrameType } from "./protocol.js";
import { socket } from "./shell.js";

const bans = document.getElementById("bans");

async function reload() {
  const fresh = (await fetchPage(location.pathname))?.getElementById("bans");
  if (fresh) morph(bans, fresh);
}

bans.addEventListener("acted", reload);
socket.addEventListener("frame", ({ detail }) => {
  if (detail.type === FrameType.PEOPLE && detail.room_name === bans.dataset.room) reload();
});
