// Clears what the browser stores about a user when they sign out, in all tabs, and when somebody else signs in.
import * as storage from "./storage.js";
/** @import { Socket } from "./socket.js" */

/**
 * @param {number} userId
 * @param {Socket} socket
 */
export function attachSignOut(userId, socket) {
  storage.clearOthers(userId);
  addEventListener("submit", ({ target }) => {
    if (/** @type {HTMLFormElement} */ (target).matches("form[data-leaves]")) storage.clearAll();
  });
  storage.onCleared(() => socket.addEventListener("stopped", () => location.reload())); // leads to the sign-in page
}
