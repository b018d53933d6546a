// What is shown next to people's names: their status, and whether they are not to be disturbed. It ends by itself.
import { gettext, interpolate } from "./i18n.js";
import { FrameType } from "./protocol.js";
import { momentText } from "./times.js";
/** @import { Socket } from "./socket.js" */
/** @import { Signs } from "./wire.js" */

const LONGEST = 24 * 3600_000; // ms; browsers keep no longer timers than 24 days
let timer = 0;

/** @param {Socket} socket */
export function attachSigns(socket) {
  socket.addEventListener("frame", ({ detail }) => {
    if (detail.type === FrameType.STATUS) show(detail);
  });
  refreshSigns();
}

/** Says in the reader's time zone when signs end, and removes those that have ended. Call it when the page has new ones. */
export function refreshSigns() {
  clearTimeout(timer);
  let next = Infinity;
  for (const sign of document.querySelectorAll(".signs > [data-until]")) {
    const until = new Date(sign.dataset.until);
    const left = until.getTime() - Date.now();
    if (left <= 0) {
      sign.remove();
      continue;
    }
    next = Math.min(next, left);
    sign.title = sign.ariaLabel = interpolate(gettext("%(status)s, until %(time)s"), {
      status: sign.dataset.said,
      time: momentText(until),
    });
  }
  if (next < Infinity) timer = setTimeout(refreshSigns, Math.min(next + 1, LONGEST));
}

/** @param {Signs} signs */
function show({ user_id: userId, status, quiet_until: quietUntil }) {
  for (const holder of document.querySelectorAll(`.signs[data-signs-of="${userId}"]`)) {
    holder.replaceChildren();
    if (status) holder.append(makeSign("sign-status", status.text || status.emoji, status.until, status.emoji || "💬"));
    const moon = document.querySelector("#dnd svg").cloneNode(true);
    if (quietUntil) holder.append(makeSign("sign-quiet", gettext("Do not disturb"), quietUntil, moon));
  }
  refreshSigns();
}

/**
 * @param {string} className
 * @param {string} said
 * @param {string | null} until
 * @param {string | Node} shown
 */
function makeSign(className, said, until, shown) {
  const sign = document.createElement("span");
  Object.assign(sign, { className, role: "img", title: said, ariaLabel: said });
  sign.dataset.said = said;
  if (until) sign.dataset.until = until;
  sign.append(shown);
  return sign;
}
