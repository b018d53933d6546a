// The pages of tasks: changes by others, local times, and suggested assignees.
import { fetchPage } from "./fragments.js";
import { LANGUAGE } from "./i18n.js";
import { morph } from "./morph.js";
import { attachPeopleFields } from "./people_field.js";
import { FrameType } from "./protocol.js";
import { socket } from "./shell.js";
import { showMoment } from "./times.js";

const list = document.getElementById("tasks");
const room = /** @type {HTMLSelectElement | null} */ (document.getElementById("tasks-room"));
const day = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" });
let reading = false;
let changed = false; // since the list was last requested

function showTimes() {
  for (const time of list.querySelectorAll("time")) {
    const { dateTime } = /** @type {HTMLTimeElement} */ (time);
    if (dateTime.includes("T")) showMoment(time, new Date(dateTime));
    else if (/\p{Number}/u.test(time.textContent)) time.textContent = day.format(new Date(`${dateTime}T12:00`)); // a due date, and not "today"
  }
}

async function reload() {
  changed = true;
  if (reading) return;
  reading = true;
  while (changed) {
    changed = false;
    const fresh = (await fetchPage(location.href))?.getElementById("tasks");
    if (fresh) morph(list, fresh);
    showTimes();
  }
  reading = false;
}

showTimes();
attachPeopleFields();
socket.addEventListener("frame", ({ detail: { type, all } }) => {
  // `all` is the answer after connecting: there may have been changes before.
  if (type === FrameType.TASK || (type === FrameType.UNREAD && all)) reload();
});
list.addEventListener("acted", reload);
if (room?.form) {
  const { form } = room;
  form.querySelector("button").hidden = true;
  room.addEventListener("change", () => form.requestSubmit());
}
