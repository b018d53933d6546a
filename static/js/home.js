// The lobby: updates its lists live, suggests people, and derives a new room's URL name from its title.
import { fetchPage } from "./fragments.js";
import { interpolate, ngettext } from "./i18n.js";
import { morph } from "./morph.js";
import { attachPeopleFields } from "./people_field.js";
import { FrameType } from "./protocol.js";
import { socket, unread } from "./shell.js";
/** @import { UnreadWire } from "./wire.js" */

const JITTER = 300; // ms, so that not all pages ask at once
const THROTTLE = 3000; // ms between reloads for other people's changes, which reach every open lobby
const main = document.getElementById("main");
let timer = 0;
let askedAt = -THROTTLE; // performance.now() of the latest reload
let stale = false; // to be reloaded once the page is visible

/**
 * Schedules a reload, at least `interval` ms after the latest one.
 *
 * @param {number} interval
 */
function scheduleReload(interval) {
  stale = document.visibilityState !== "visible";
  if (!stale)
    timer ||= setTimeout(
      reload,
      Math.max(0, askedAt + interval - performance.now()) + Math.random() * Math.max(JITTER, interval / 2),
    );
}

async function reload() {
  askedAt = performance.now();
  const fresh = (await fetchPage("/"))?.getElementById("main");
  timer = 0;
  if (fresh) morph(main, fresh);
  attachPeopleFields(main);
}

/** @param {UnreadWire} room */
function showMessages({ room_name: name, last_seq: count }) {
  const shown = main.querySelector(`[data-messages-of="${CSS.escape(name)}"]`);
  if (shown) shown.textContent = interpolate(ngettext("%(count)s message", "%(count)s messages", count), { count });
}

unread.addEventListener("rooms", () => scheduleReload(0));
socket.addEventListener("frame", ({ detail: { type, rooms } }) => {
  if (type === FrameType.LOBBY) scheduleReload(THROTTLE);
  else if (type === FrameType.UNREAD) rooms.forEach(showMessages);
});
document.addEventListener("visibilitychange", () => stale && scheduleReload(0));
attachPeopleFields();

const form = /** @type {HTMLFormElement} */ (document.getElementById("room-form"));
const { title, name } = /** @type {{ title: HTMLInputElement, name: HTMLInputElement }} */ (
  /** @type {unknown} */ (form.elements)
);
let follows = !name.value; // the URL name follows the title until the user types one
const randomName = `room-${Math.random().toString(36).slice(2, 8)}`; // for a title without Latin letters

name.addEventListener("input", () => (follows = !name.value));
title.addEventListener("input", () => {
  if (!follows) return;
  const plain = title.value.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const suggested = plain
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);
  name.value = /[a-z0-9]/.test(suggested) || !plain.trim() ? suggested : randomName;
});
