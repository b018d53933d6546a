// The lobby: its lists follow what happens, it suggests people, and a new room's name follows its title until one writes one.
import { fetchPage, renew } from "./fragments.js";
import { attachPeopleFields } from "./people_field.js";
import { FrameType } from "./protocol.js";
import { socket, unread } from "./shell.js";

const SPREAD = 300; // ms: not all pages ask at once
const EVERY = 3000; // ms, at most, for what others do; then as many pages ask as are open
const main = document.getElementById("main");
let timer = 0;
let askedAt = -EVERY; // by performance.now
let waits = false; // until somebody looks

function outdated(soonest) {
  waits = document.visibilityState !== "visible";
  if (!waits)
    timer ||= setTimeout(
      show,
      Math.max(0, askedAt + soonest - performance.now()) + Math.random() * Math.max(SPREAD, soonest / 2),
    );
}

async function show() {
  askedAt = performance.now();
  const fresh = (await fetchPage("/"))?.getElementById("main");
  timer = 0;
  if (fresh) renew(main, fresh);
  attachPeopleFields(main);
}

unread.addEventListener("rooms", () => outdated(0));
socket.addEventListener("frame", ({ detail }) => detail.type === FrameType.LOBBY && outdated(EVERY));
document.addEventListener("visibilitychange", () => waits && outdated(0));
attachPeopleFields();

const form = document.getElementById("room-form");
const { title, name } = form.elements;
let follows = !name.value;
const another = `room-${Math.random().toString(36).slice(2, 8)}`; // for a title in another script

name.addEventListener("input", () => (follows = !name.value));
title.addEventListener("input", () => {
  if (!follows) return;
  const plain = title.value.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const suggested = plain
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);
  name.value = /[a-z0-9]/.test(suggested) || !plain.trim() ? suggested : another;
});
