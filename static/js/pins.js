// The number of pinned messages in the header of the room page.
import { callApi } from "./api.js";
import { gettext, interpolate } from "./i18n.js";
/** @import { Stream } from "./stream.js" */
/** @import { MessageWire, Page } from "./wire.js" */

/**
 * Keeps the number up to date.
 *
 * @param {Stream} stream
 * @param {Page} page
 */
export function attachPins(stream, page) {
  let pins = new Set(page.pins);
  const link = document.getElementById("pins");
  const show = () => {
    link.hidden = !pins.size;
    link.ariaLabel = interpolate(gettext("Pinned messages: %(count)s"), { count: pins.size });
    document.getElementById("pin-count").textContent = String(pins.size);
  };
  stream.addEventListener("messages", ({ detail }) => {
    for (const { seq, pinned } of detail.messages) pinned ? pins.add(seq) : pins.delete(seq);
    show();
  });
  // Too much was missed to receive each change.
  stream.addEventListener("clear", async () => {
    const path = `rooms/${encodeURIComponent(page.room.name)}/pins/?limit=100`;
    /** @type {{ messages: MessageWire[] } | null} */
    const answer = await callApi("GET", path).catch(() => null);
    if (!answer) return;
    pins = new Set(answer.messages.map(({ seq }) => seq));
    show();
  });
}
