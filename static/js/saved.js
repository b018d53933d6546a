// The page of saved messages: local times, reminders, and changes made in other tabs.
import { fetchPage } from "./fragments.js";
import { morph } from "./morph.js";
import { loadScript } from "./lazy.js";
import { FrameType } from "./protocol.js";
import { socket } from "./shell.js";
import { showMoment } from "./times.js";

const list = document.getElementById("saved");

function prepare() {
  for (const time of list.querySelectorAll("time"))
    showMoment(time, new Date(/** @type {HTMLTimeElement} */ (time).dateTime));
  for (const button of list.querySelectorAll("[data-do]")) button.hidden = false;
}

async function reload() {
  const fresh = (await fetchPage(location.href))?.getElementById("saved");
  if (fresh) morph(list, fresh);
  prepare();
}

prepare();
socket.addEventListener("frame", ({ detail }) => detail.type === FrameType.SAVED && reload());
list.addEventListener("acted", reload);
list.addEventListener("click", async ({ target }) => {
  const button = /** @type {HTMLElement} */ (target).closest("[data-do]");
  const { room, seq, remindAt } = /** @type {HTMLElement} */ (button?.closest("[data-room]"))?.dataset ?? {};
  if (room) (await loadScript("remind"))?.openReminder({ roomName: room, seq: Number(seq), remindAt });
});
