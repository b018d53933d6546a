// Mentions of everybody in the room, @room, and of everybody who is online there, @here: says to whom may not that they
// are plain text, and lets everybody else think twice before many people are notified.
import { inCode } from "./code.js";
import { loadScript } from "./lazy.js";
/** @import { Page } from "./wire.js" */

const MANY = 20; // people
const NAMES = /(?<!:\/\/\S*)(?<![A-Za-z0-9_.+\-@＠\\])[@＠](room|here)(?![A-Za-z0-9_.+@-]*[A-Za-z0-9_])/gi;

/**
 * Returns which mention a text contains, "room" if both; the server decides (rooms/markdown/mentions.py).
 *
 * @param {string} content
 */
function roomMention(content) {
  const found = [...content.matchAll(NAMES)].filter(({ index }) => {
    const before = content.slice(0, index);
    return !/(^|\n) {0,3}>[^\n]*$/.test(before) && !inCode(before);
  });
  const names = found.map((match) => match[1].toLowerCase());
  return names.includes("room") ? "room" : names[0];
}

export class RoomMentions {
  #page;
  #line;

  /**
   * `line` is the element that is shown to whom may not mention everybody.
   *
   * @param {Page} page
   * @param {HTMLElement} line
   */
  constructor(page, line) {
    this.#page = page;
    this.#line = line;
  }

  /** Whether the user may mention everybody; the server decides by the same rule (rooms/selectors/room_mentions.py). */
  get allowed() {
    const { role, may_moderate: moderates, room } = this.#page;
    return moderates || Boolean(role && (room.kind === "direct" || room.room_mentions === "members"));
  }

  /** @param {string} content */
  check(content) {
    this.#line.hidden = this.allowed || !roomMention(content);
  }

  /**
   * Asks whether to send a text that notifies many people. Returns null for others.
   *
   * @param {string} content
   * @returns {Promise<boolean> | null}
   */
  ask(content) {
    const others = Number(document.getElementById("member-count").textContent) - 1;
    const name = others > MANY && this.allowed && roomMention(content);
    return name ? this.#ask(name, others) : null;
  }

  /**
   * @param {string} name
   * @param {number} others
   */
  async #ask(name, others) {
    const script = await loadScript("notify-many");
    return Boolean(await script?.confirmMany(this.#page, name, { others, many: MANY }));
  }
}
