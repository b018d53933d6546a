// The profile card: who a person is, over the page, beside the link that was clicked.
import { gettext } from "./i18n.js";
import { showLocalTimes } from "./local_times.js";
import { openBeside } from "./popover.js";
import { showToast } from "./toast.js";
import { parseOwnPage } from "./trusted.js";

/** @type {HTMLElement | null} */
let opener = null; // where the focus returns
const card = document.body.appendChild(document.createElement("div"));
card.className = "person-card";
card.popover = "auto";
card.role = "dialog";
card.tabIndex = -1;
card.setAttribute("aria-labelledby", "person-name");
card.addEventListener("acted", () => card.hidePopover());
card.addEventListener("toggle", ({ newState }) => newState === "closed" && returnFocus());

const style = document.createElement("link");
style.rel = "stylesheet";
style.href = document.getElementById("main").dataset.cardStyle;
const styled = new Promise((done) => style.addEventListener("load", done, { once: true }));
document.head.append(style);

/**
 * Opens the card of the person to whose page a link leads.
 *
 * @param {HTMLElement} anchor
 * @param {string} roomName
 */
export async function showCard(anchor, roomName) {
  const address = `${anchor.getAttribute("href")}card/?${new URLSearchParams({ room: roomName })}`;
  const response = await fetch(address).catch(() => null);
  if (!response?.ok || response.redirected) {
    showToast(
      response?.status === 404 ? gettext("User not found.") : gettext("Can't reach the server. Try again in a moment."),
    );
    return;
  }
  card.replaceChildren(...parseOwnPage(await response.text()).body.childNodes);
  showLocalTimes(card);
  await styled;
  // The name of an author is not focusable by keyboard, and not visible in the author's next messages.
  const message = anchor.matches(".message-author") && anchor.closest(".message");
  opener = message || anchor;
  const picture = message && message.querySelector(":scope > .avatar");
  openBeside(card, (picture && picture.offsetParent && picture) || opener, { align: "left" });
  card.focus();
}

/** Returns the focus, unless it has gone elsewhere; after a dialog, when that is closed. */
function returnFocus() {
  const dialog = document.querySelector("dialog[open]");
  if (dialog) dialog.addEventListener("close", () => opener?.focus(), { once: true });
  else if (document.activeElement === document.body || card.contains(document.activeElement)) opener?.focus();
}
