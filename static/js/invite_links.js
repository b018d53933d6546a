// The page of invite links: copies them, shows times in the reader's time zone, and who has joined meanwhile.
import { showCopyButtons } from "./copy.js";
import { fetchPage } from "./fragments.js";
import { showMoments } from "./moments.js";
import { morph } from "./morph.js";

const INTERVAL = 15_000; // ms
const list = document.getElementById("invite-links");

async function reload() {
  if (document.visibilityState !== "visible") return;
  const fresh = (await fetchPage(location.href))?.getElementById("invite-links");
  if (!fresh) return;
  morph(list, fresh);
  showCopyButtons();
  showMoments();
}

// Nobody is told of those who join with a link, so the page asks.
setInterval(reload, INTERVAL);
document.addEventListener("visibilitychange", reload);
addEventListener("pageshow", ({ persisted }) => persisted && reload());
