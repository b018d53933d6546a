// The sources of the composer's completion: the room's members after @, emoji after a colon.
import { showAvatar } from "./avatar.js";
import { findEmoji } from "./emoji.js";
import { gettext } from "./i18n.js";
/** @import { Option, Source } from "./completion.js" */
/** @import { RoomMentions } from "./room_mentions.js" */
/** @import { Person } from "./wire.js" */

/** @typedef {Person & { picture: () => Node }} Candidate */

const DEBOUNCE = 120; // ms
// Not inside an e-mail or web address, where an @ mentions nobody; but directly after letters of other scripts: 你好@bob.
const NAME = /(?<!:\/\/\S*)(?<![A-Za-z0-9_.+\-@＠\\])[@＠]([\p{L}\p{N}_.+-]*)$/u;
// At least two letters, at the beginning of a word: neither a time nor a smiley.
const EMOJI = /(?<=^|[\s([{"'“‘«（「『【]):(\p{L}{2}[\p{L}\p{N}_+-]*)$/u;
/** @param {string} text */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * Offers members: first those listed in the page, then, if the list is incomplete, those the server finds; and everybody,
 * if the user may mention them. `me` is a user id that is never offered.
 *
 * @param {HTMLElement} members
 * @param {{ roomName: string, me: number, roomMentions: RoomMentions }} options
 * @returns {Source}
 */
export function memberSource(members, { roomName, me, roomMentions }) {
  /** @type {Map<string, Candidate[]>} */
  const cache = new Map(); // typed -> people
  let latest = 0;

  /**
   * @param {string} typed
   * @returns {Promise<Candidate[]>}
   */
  async function ask(typed) {
    const mine = ++latest;
    await new Promise((resolve) => setTimeout(resolve, DEBOUNCE));
    if (mine !== latest) return [];
    if (!cache.has(typed)) {
      const address = `/api/rooms/${encodeURIComponent(roomName)}/members/?search=${encodeURIComponent(typed)}`;
      const response = await fetch(address, { headers: { Accept: "application/json" } }).catch(
        () => /** @type {null} */ (null),
      );
      if (!response?.ok) return [];
      cache.set(typed, (await response.json()).results.map(fromServer));
    }
    return cache.get(typed) ?? [];
  }

  return {
    pattern: NAME,
    marks: (typed) => typed !== "",
    /**
     * @param {string} typed
     * @param {number} limit
     */
    async *find(typed, limit) {
      const people = [...members.querySelectorAll(".member")].map(fromPage);
      const all = roomMentions.allowed ? EVERYBODY.filter(({ text }) => text.startsWith(`@${plain(typed)}`)) : [];
      const fits = people.filter((person) => person.user_id !== me && rank(person, typed) < NO_FIT);
      yield withEverybody(best(fits, typed, limit - all.length), all, typed);
      if (fits.length >= limit || !members.hasAttribute("data-more")) return;
      const known = new Set([/** @type {number | null} */ (me), ...people.map((person) => person.user_id)]);
      const others = (await ask(typed)).filter((person) => !known.has(person.user_id));
      if (others.length) yield withEverybody(best([...fits, ...others], typed, limit - all.length), all, typed);
    },
  };
}

/** @type {Source} */
export const emojiSource = {
  pattern: EMOJI,
  marks: () => false, // `:symbol` may be meant literally, and the server replaces a complete `:name:` anyway
  /**
   * @param {string} typed
   * @param {number} limit
   */
  async *find(typed, limit) {
    const found = await findEmoji(typed, limit, { within: false });
    yield found.map(([emoji, name]) => ({
      text: emoji,
      label: `:${name}:`,
      about: "",
      picture: Object.assign(document.createElement("span"), { textContent: emoji, ariaHidden: "true" }),
    }));
  },
};

const NO_FIT = 2;
const EVERYBODY = [
  { text: "@room", label: "@room", about: gettext("Notify everyone in this room") },
  { text: "@here", label: "@here", about: gettext("Notify everyone who is online") },
];

/**
 * Adds options for everybody below people, or first when one of them is typed in full.
 *
 * @param {Option[]} people
 * @param {typeof EVERYBODY} all
 * @param {string} typed
 */
function withEverybody(people, all, typed) {
  const options = all.map((option) => {
    const picture = document.createElement("span");
    picture.ariaHidden = "true";
    picture.textContent = "@";
    return { ...option, picture };
  });
  return all[0]?.text === `@${plain(typed)}` ? [...options, ...people] : [...people, ...options];
}

/**
 * @param {Candidate[]} people
 * @param {string} typed
 * @param {number} limit
 */
function best(people, typed, limit) {
  const sorted = people.sort((one, other) => rank(one, typed) - rank(other, typed));
  return sorted.slice(0, limit).map(({ user_name, display_name, picture }) => ({
    text: `@${user_name}`,
    label: display_name,
    about: `@${user_name}`,
    picture: picture(),
  }));
}

/**
 * @param {{ user_name: string, display_name: string }} options
 * @param {string} typed
 */
function rank({ user_name, display_name }, typed) {
  const wanted = plain(typed);
  const names = [plain(user_name), ...plain(display_name).split(/\s+/)];
  if (names.some((name) => name === wanted)) return 0;
  return names.some((name) => name.startsWith(wanted)) ? 1 : NO_FIT;
}

/** @param {HTMLElement} member */
function fromPage(member) {
  return {
    user_id: Number(member.dataset.userId),
    user_name: member.dataset.user,
    display_name: member.querySelector(".member-name bdi").textContent,
    picture: () => member.querySelector(".avatar").cloneNode(true),
  };
}

/** @param {Person} person */
function fromServer(person) {
  return { ...person, picture: () => pictureOf(person) };
}

/** @param {Person} person */
function pictureOf(person) {
  const picture = document.createElement("span");
  picture.className = "avatar avatar-small";
  picture.ariaHidden = "true";
  showAvatar(picture, person);
  return picture;
}
