// Opens a person's profile card when their name, their picture or a mention of them is clicked. Without this script, the
// links lead to the person's page.
import { loadScript } from "./lazy.js";

/** @param {string} roomName */
export function attachPersonLinks(roomName) {
  document.addEventListener("click", (event) => {
    const link = linkAt(event.target);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openCard(link, roomName);
  });
}

/**
 * @param {HTMLElement} link to the person's page
 * @param {string} roomName
 */
export async function openCard(link, roomName) {
  const script = await loadScript("main");
  if (script) await script.showCard(link, roomName);
}

/** @param {HTMLElement} clicked */
function linkAt(clicked) {
  const picture = clicked.closest(".message > .avatar");
  if (picture) return picture.parentElement?.querySelector("a.message-author[href]");
  return clicked.closest("a:is(.message-author, .member-link, .mention)[href]");
}

/** @param {string} userName */
export function personPath(userName) {
  return `/people/${encodeURIComponent(userName)}/`;
}
