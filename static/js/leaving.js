// Clears what the browser stores about a user when they sign out, in all tabs, and when somebody else signs in.
import * as storage from "./storage.js";

export function attachSignOut(userId, socket) {
  storage.clearOthers(userId);
  addEventListener("submit", ({ target }) => target.matches("form[data-leaves]") && storage.clearAll());
  storage.onCleared(() => socket.addEventListener("stopped", () => location.reload())); // leads to the sign-in page
}
