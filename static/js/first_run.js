// The offer in a new room to copy an invite link: creates the link and copies it without leaving the page.
import { callApi } from "./api.js";
import { gettext } from "./i18n.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */

const WEEK = 7 * 24 * 60 * 60 * 1000; // ms
const COPY_TIMEOUT = 2000; // ms: some browsers neither copy nor refuse
const { room } = document.getElementById("first-run").dataset;
const form = /** @type {HTMLFormElement} */ (document.getElementById("first-run-copy"));
const field = /** @type {HTMLInputElement} */ (document.getElementById("first-run-url"));

/** Creates a link that works for a week, and returns its address. */
async function create() {
  const expires_at = new Date(Date.now() + WEEK).toISOString();
  return (await callApi("POST", `rooms/${encodeURIComponent(room)}/invite-links/`, { expires_at })).url;
}

/**
 * Copies a text that is still to come. Safari copies only what a click has promised at once.
 *
 * @param {Promise<string>} text
 */
async function copy(text) {
  const blob = text.then((known) => new Blob([known], { type: "text/plain" }));
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

// As soon as somebody has joined, the offer has done its work.
const members = document.getElementById("members");
new MutationObserver(() => {
  if (Number(document.getElementById("member-count").textContent) > 1) document.getElementById("first-run")?.remove();
}).observe(members, { childList: true, characterData: true, subtree: true });

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.ariaBusy === "true") return; // the button was pressed twice
  form.ariaBusy = "true";
  const link = create();
  const copied = copy(link).then(
    () => true,
    () => false,
  );
  /** @type {Promise<boolean>} */
  const givenUp = link.then(() => new Promise((resolve) => setTimeout(resolve, COPY_TIMEOUT, false)));
  try {
    field.value = await link;
    form.hidden = true;
    document.getElementById("first-run-link").hidden = false;
    field.focus();
    field.select();
    field.scrollLeft = 0;
    showToast(
      (await Promise.race([copied, givenUp]))
        ? gettext("Invite link copied. It works for 7 days.")
        : gettext("Copy the link. It works for 7 days."),
    );
  } catch (error) {
    showToast(/** @type {ApiError} */ (error).message);
  } finally {
    form.ariaBusy = null;
  }
});
