// The page of the user's sections: changes made here, and in other tabs.
import { fetchPage } from "./fragments.js";
import { morph } from "./morph.js";
import { FrameType } from "./protocol.js";
import { socket, unread } from "./shell.js";

const list = document.getElementById("sections");

async function reload() {
  const fresh = (await fetchPage(location.href))?.getElementById("sections");
  if (fresh) morph(list, fresh);
}

socket.addEventListener("frame", ({ detail: { type, sections } }) => {
  if (type === FrameType.UNREAD && sections) reload();
});
unread.addEventListener("rooms", reload);
