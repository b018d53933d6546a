// What the browser keeps of a person is gone when they sign out, in all tabs, and when somebody else signs in.
import * as storage from "./storage.js";

export function attachLeaving(userId, socket) {
  storage.forgetOthers(userId);
  addEventListener("submit", ({ target }) => target.matches("form[data-leaves]") && storage.forget());
  storage.onForgotten(() => socket.addEventListener("stopped", () => location.reload())); // to the page for signing in
}
