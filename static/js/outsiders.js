// Warns, before a message is sent, that it mentions people who are not in the room and can't join it by themselves.
import { callApi } from "./api.js";
import { inCode } from "./code.js";
import { interpolate, ngettext } from "./i18n.js";
/** @import { Person } from "./wire.js" */

const DEBOUNCE = 400; // ms
const MAX_NAMES = 5; // names that are checked
const NAMES = /(?<!:\/\/\S*)(?<![A-Za-z0-9_.+\-@＠\\])[@＠]([A-Za-z0-9_.+-]*[A-Za-z0-9_])/g;

export class Outsiders {
  #line;
  #members;
  #room;
  #cache = new Map(); // name as written -> promise of the person, or null if unknown or a member
  #timer = 0;
  #latest = 0;

  /**
   * `members` is the element with the member list.
   *
   * @param {HTMLElement} line
   * @param {HTMLElement} members
   * @param {string} room
   */
  constructor(line, members, room) {
    this.#line = line;
    this.#members = members;
    this.#room = room;
  }

  /**
   * Checks the mentions in the composer's text.
   *
   * @param {string} content
   */
  check(content) {
    clearTimeout(this.#timer);
    this.#latest++;
    if (content.trim()) this.#timer = setTimeout(() => this.#update(content), DEBOUNCE);
    else this.#show([]);
  }

  /** @param {string} content */
  async #update(content) {
    const request = this.#latest;
    const names = [...content.matchAll(NAMES)].filter((match) => !inCode(content.slice(0, match.index)));
    const wanted = [...new Set(names.map((match) => match[1].toLowerCase()))].slice(0, MAX_NAMES);
    const found = await Promise.all(wanted.map((name) => this.#find(name)));
    if (request === this.#latest) this.#show(found.filter(Boolean));
  }

  /** @param {string} name */
  #find(name) {
    const listed = [...this.#members.querySelectorAll(".member")].some(
      ({ dataset }) => dataset.user.toLowerCase() === name,
    );
    if (listed) return null;
    if (!this.#cache.has(name))
      this.#cache.set(
        name,
        this.#fetch(name).catch(() => /** @type {null} */ (null)),
      );
    return this.#cache.get(name);
  }

  /** @param {string} name */
  async #fetch(name) {
    const search = `search=${encodeURIComponent(name)}`;
    /** @param {{ results: Person[] }} options */
    const exactMatch = ({ results }) => results.find((person) => person.user_name.toLowerCase() === name) ?? null;
    const person = exactMatch(await callApi("GET", `people/?${search}`));
    if (!person || !this.#members.hasAttribute("data-more")) return person;
    return exactMatch(await callApi("GET", `rooms/${encodeURIComponent(this.#room)}/members/?${search}`))
      ? null
      : person;
  }

  /** @param {Person[]} people */
  #show(people) {
    const names = people.map((person) => `@${person.user_name}`).join(", ");
    this.#line.hidden = !people.length;
    const text = ngettext(
      "%(names)s is not in this room and won't see this.",
      "%(names)s are not in this room and won't see this.",
      people.length,
    );
    this.#line.textContent = names && interpolate(text, { names });
  }
}
