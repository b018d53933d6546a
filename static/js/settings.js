// The settings of a room: who is banned, as it is now.
import { fetchPage, renew } from "./fragments.js";
import { FrameType } from "./protocol.js";
import { socket } from "./shell.js";

const bans = document.getElementById("bans");

async function show() {
  const fresh = (await fetchPage(location.pathname))?.getElementById("bans");
  if (fresh) renew(bans, fresh);
}

bans.addEventListener("acted", show);
socket.addEventListener("frame", ({ detail }) => {
  if (detail.type === FrameType.PEOPLE && detail.room_name === bans.dataset.room) show();
});
