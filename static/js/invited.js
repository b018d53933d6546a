// Invitations that arrive while a page is open: a card for each, to join or decline.
import { callApi } from "./api.js";
import { gettext, interpolateNodes } from "./i18n.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */
/** @typedef {{ room_name: string, title: string, by_display_name: string | null }} Invitation */

const SHOWN_AT_ONCE = 3;
/** @type {HTMLElement | null} */
let list = null;

/**
 * Shows the latest `news` invitations, and removes the cards of those that have been answered elsewhere.
 *
 * @param {number} news
 */
export async function showInvitations(news) {
  list ??= makeList();
  /** @type {Invitation[]} */
  const invitations = (await callApi("GET", "invitations/?cursor=before:&limit=100")).results;
  const names = new Set(invitations.map(({ room_name }) => room_name));
  for (const card of [...list.children]) if (!names.has(card.dataset.room)) card.remove();
  for (const invitation of news > 0 ? invitations.slice(-Math.min(news, SHOWN_AT_ONCE)) : [])
    if (![...list.children].some((card) => card.dataset.room === invitation.room_name))
      list.append(makeCard(invitation));
}

function makeList() {
  const made = document.createElement("div");
  made.className = "invited";
  made.role = "status"; // in the page before its first card: screen readers ignore a new one that already has text
  document.body.append(made);
  return made;
}

/** @param {Invitation} invitation */
function makeCard({ room_name, title, by_display_name }) {
  const card = document.createElement("section");
  card.className = "invited-card";
  card.dataset.room = room_name;
  const text = document.createElement("p");
  const [who, where] = [by_display_name ?? gettext("Somebody"), title].map((name) =>
    Object.assign(document.createElement("bdi"), { textContent: name }),
  );
  text.append(...interpolateNodes(gettext("%(who)s invited you to %(where)s"), { who, where }));
  const buttons = document.createElement("p");
  buttons.className = "invited-buttons";
  const address = `invitations/${encodeURIComponent(room_name)}/`;
  buttons.append(
    button(gettext("Join"), "button button-main", card, async () => {
      await callApi("POST", address);
      location.href = `/rooms/${encodeURIComponent(room_name)}/`;
    }),
    button(gettext("Decline"), "button", card, async () => {
      await callApi("DELETE", address);
      card.remove();
    }),
    button(gettext("Later"), "button", card, async () => card.remove()),
  );
  card.append(text, buttons);
  return card;
}

/**
 * @param {string} label
 * @param {string} className
 * @param {HTMLElement} card
 * @param {() => Promise<void>} act
 */
function button(label, className, card, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className, textContent: label });
  made.addEventListener("click", async () => {
    if (card.ariaBusy === "true") return;
    card.ariaBusy = "true";
    try {
      await act();
    } catch (error) {
      showToast(/** @type {ApiError} */ (error).message);
      card.remove(); // such as an invitation that was cancelled; the sidebar still counts those that are left
    } finally {
      card.ariaBusy = null;
    }
  });
  return made;
}
