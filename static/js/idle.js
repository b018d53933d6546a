// Tells the server whether the user uses this page, so that others see who is away.
import { Action } from "./protocol.js";
/** @import { Socket } from "./socket.js" */

const IDLE = 600_000; // ms without a key, a pointer or a touch

/** @param {Socket} socket */
export function watchActivity(socket) {
  let last = Date.now();
  let idle = false;
  const tell = () => socket.send({ action: Action.SET_IDLE, idle });

  function look() {
    const left = last + IDLE - Date.now();
    if (left > 0) {
      setTimeout(look, left);
    } else {
      idle = true;
      tell();
    }
  }

  function note() {
    last = Date.now();
    if (!idle) return;
    idle = false;
    tell();
    look();
  }

  for (const type of ["keydown", "pointerdown", "pointermove", "touchstart", "wheel"])
    addEventListener(type, note, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && note());
  socket.addEventListener("up", () => idle && tell());
  look();
}
