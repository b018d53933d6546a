// The list of a room's files: local times, and files that are posted or deleted meanwhile.
import { fetchPage } from "./fragments.js";
import { morph } from "./morph.js";
import { socket } from "./shell.js";
import { Stream } from "./stream.js";
import { showMoment } from "./times.js";
/** @import { MessageWire, RoomWire } from "./wire.js" */

const list = document.getElementById("files");
const { room, version, epoch, role = "", older } = list.dataset;
let loading = false;
let again = false; // something has changed while the page was loading

function showTimes() {
  for (const time of list.querySelectorAll("time"))
    showMoment(time, new Date(/** @type {HTMLTimeElement} */ (time).dateTime));
}

async function reload() {
  again = loading;
  if (loading) return;
  loading = true;
  const fresh = (await fetchPage(location.href))?.getElementById("files");
  loading = false;
  if (fresh) {
    morph(list, fresh);
    showTimes();
  }
  if (again) reload();
}

/**
 * Removes the files that a message no longer has, and returns whether the list is to be loaded again. New files are not
 * among the older ones.
 *
 * @param {MessageWire} message
 */
function update({ seq, attachments }) {
  const rows = [...list.querySelectorAll(`[data-seq="${seq}"]`)];
  if (!rows.length && older !== undefined) return false;
  const ids = attachments.map(({ id }) => id);
  if (String(rows.map(({ dataset }) => dataset.file)) === String(ids)) return false;
  for (const row of rows) if (!ids.includes(row.dataset.file)) row.remove();
  return true;
}

showTimes();
const wire = /** @type {RoomWire} */ ({ name: room, version: Number(version) });
const stream = new Stream(socket, { room: wire, epoch, role });
stream.addEventListener("messages", ({ detail }) => detail.messages.filter(update).length && reload());
stream.addEventListener("clear", reload);
stream.addEventListener("left", () => location.assign("/"));
