// Clears what the browser stores about a user when they sign out, in all tabs, and when somebody else signs in.
import { fileKeys } from "./drafts.js";
import * as fileStore from "./file_store.js";
import * as storage from "./storage.js";
/** @import { Socket } from "./socket.js" */

const CLEARING = 2000; // ms that signing out waits at most for the browser's database

/**
 * @param {number} userId
 * @param {Socket} socket
 */
export function attachSignOut(userId, socket) {
  storage.clearOthers(userId);
  fileStore.keepOnly(() => fileKeys(userId));
  addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("form[data-leaves]")) return;
    event.preventDefault(); // leaving the page would end the database's transaction
    storage.clearAll();
    navigator.clearAppBadge?.().catch(() => {}); // of the installed app
    Promise.race([fileStore.clear(), new Promise((resolve) => setTimeout(resolve, CLEARING))]).then(() =>
      form.submit(),
    );
  });
  storage.onCleared(() => {
    fileStore.clear(); // and keep nothing that is on its way there
    socket.addEventListener("stopped", () => location.reload()); // leads to the sign-in page
  });
}
