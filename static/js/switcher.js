// The quick switcher (Ctrl+K or ⌘K): goes to a room, a person or the search by typing part of the name.
import { callApi } from "./api.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { latinKey } from "./keys.js";
import { matchRank } from "./matching.js";
import * as storage from "./storage.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */

const SHOWN = 8;
const REMEMBERED = 30; // rooms opened recently
const PEOPLE_DELAY = 150; // ms after the last key press

/**
 * @typedef {object} Choice
 * @property {string} key
 * @property {string} title
 * @property {string} note
 * @property {number} rank lower is better
 * @property {string} [href]
 * @property {string} [userName] a person to message
 */

export class Switcher {
  #dialog;
  #box;
  #list;
  #status;
  #recentKey;
  #open; // name of the room of this page, or ""
  /** @type {Choice[]} */
  #choices = [];
  /** @type {Choice[]} */
  #people = [];
  #chosen = 0;
  #timer = 0;
  #asked = 0;

  /**
   * @param {number} userId
   * @param {string} [open] the name of the room of this page
   */
  constructor(userId, open = "") {
    this.#dialog = document.getElementById("switcher");
    this.#box = this.#dialog.querySelector("input");
    this.#list = this.#dialog.querySelector("[role=listbox]");
    this.#status = this.#dialog.querySelector("[role=status]");
    this.#recentKey = storage.prefix("recent", userId);
    this.#open = open;
    if (open) this.#remember(open);
    addEventListener("keydown", (event) => this.#shortcut(event));
    document.getElementById("switcher-open").addEventListener("click", (event) => {
      event.preventDefault();
      this.show();
    });
    this.#box.addEventListener("input", () => this.#type());
    this.#box.addEventListener("keydown", (event) => this.#handleKey(event));
    this.#dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(this.#choices[this.#chosen]);
    });
    this.#list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.#go(this.#choices[Number(option.dataset.index)]);
    });
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.#dialog.hidePopover());
  }

  /** As a popover: a modal dialog has the browser compute the styles of the whole page again, of every room. */
  show() {
    this.#box.value = "";
    this.#people = [];
    this.#find();
    this.#dialog.showPopover();
  }

  get #isOpen() {
    return this.#dialog.matches(":popover-open");
  }

  /** @param {KeyboardEvent} event */
  #shortcut(event) {
    if (event.key === "Tab" && this.#isOpen) {
      event.preventDefault(); // the page behind it is not inert
      this.#dialog.hidePopover();
    }
    if (latinKey(event) !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (this.#isOpen) this.#dialog.hidePopover();
    else if (!document.querySelector("dialog[open]")) this.show();
  }

  #type() {
    this.#find();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#findPeople(), PEOPLE_DELAY);
  }

  /** Shows the rooms of the sidebar that match, best first; without text the recent ones. */
  #find() {
    const text = this.#box.value.trim();
    const recent = this.#recent();
    const rooms = [...document.querySelectorAll("#sidebar .sidebar-room[data-room]")]
      .filter(({ dataset }) => dataset.room && dataset.room !== this.#open)
      .map((row) => roomChoice(row, text, recent));
    // People, who come a moment later, are below the rooms, so that nothing moves under the finger.
    this.#choices = [rooms, this.#people]
      .flatMap((some) => some.filter(({ rank }) => rank < Infinity).sort((one, other) => one.rank - other.rank))
      .slice(0, SHOWN);
    if (text) {
      this.#choices.push({
        key: "search",
        title: interpolate(gettext("Search messages for “%(text)s”"), { text }),
        note: "",
        rank: 0,
        href: `/search/?${new URLSearchParams({ q: text, tz: Intl.DateTimeFormat().resolvedOptions().timeZone })}`,
      });
    }
    this.#chosen = 0;
    this.#render();
  }

  async #findPeople() {
    const text = this.#box.value.trim();
    const asked = ++this.#asked;
    if (!text) return;
    try {
      const { results } = await callApi("GET", `people/?search=${encodeURIComponent(text)}&limit=${SHOWN}`);
      if (asked !== this.#asked || text !== this.#box.value.trim()) return;
      this.#people = results.map(personChoice(text));
      this.#find();
    } catch {
      // The rooms are there anyway, and the next key press asks again.
    }
  }

  #render() {
    this.#list.replaceChildren(
      ...this.#choices.map(({ title, note }, index) => {
        const option = document.createElement("li");
        option.id = `switcher-${index}`;
        option.role = "option";
        option.dataset.index = String(index);
        option.ariaSelected = String(index === this.#chosen);
        const name = document.createElement("bdi");
        name.textContent = title;
        const about = document.createElement("span");
        about.className = "switcher-note";
        about.dir = "auto"; // the name of a room keeps its # in front
        about.textContent = note;
        option.append(name, about);
        return option;
      }),
    );
    this.#box.setAttribute("aria-activedescendant", this.#choices.length ? `switcher-${this.#chosen}` : "");
    this.#status.textContent = interpolate(ngettext("%(count)s result", "%(count)s results", this.#choices.length), {
      count: this.#choices.length,
    });
    this.#list.children[this.#chosen]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !this.#choices.length) return;
    event.preventDefault();
    this.#chosen = (this.#chosen + step + this.#choices.length) % this.#choices.length;
    this.#render();
  }

  /** @param {Choice | undefined} choice */
  async #go(choice) {
    if (!choice) return;
    if (choice.href) return location.assign(choice.href);
    try {
      const room = await callApi("POST", "rooms/", { kind: "direct", user_names: [choice.userName] });
      location.assign(`/rooms/${encodeURIComponent(room.name)}/`);
    } catch (error) {
      this.#dialog.hidePopover();
      showToast(/** @type {ApiError} */ (error).message);
    }
  }

  /** @returns {string[]} names of rooms, the latest first */
  #recent() {
    try {
      return JSON.parse(storage.read(this.#recentKey)) ?? [];
    } catch {
      return [];
    }
  }

  /** @param {string} name */
  #remember(name) {
    const names = [name, ...this.#recent().filter((each) => each !== name)].slice(0, REMEMBERED);
    storage.write(this.#recentKey, JSON.stringify(names));
  }
}

/**
 * @param {HTMLElement} row
 * @param {string} text
 * @param {string[]} recent
 * @returns {Choice}
 */
function roomChoice(row, text, recent) {
  const name = row.dataset.room;
  const title = row.querySelector("bdi").textContent;
  const at = recent.indexOf(name);
  const place = at < 0 ? recent.length : at;
  const unread = Number(row.dataset.unread);
  const address = title === name || row.dataset.direct !== undefined ? "" : `#${name}`;
  return {
    key: `room:${name}`,
    title,
    note: unread ? interpolate(ngettext("%(count)s unread", "%(count)s unread", unread), { count: unread }) : address,
    rank: text ? Math.min(matchRank(text, title), matchRank(text, name)) + place / 1000 : place,
    href: row.querySelector("a").getAttribute("href") ?? "",
  };
}

/** @param {string} text */
function personChoice(text) {
  /**
   * @param {{ user_name: string, display_name: string }} person
   * @returns {Choice}
   */
  return ({ user_name, display_name }) => ({
    key: `person:${user_name}`,
    title: display_name,
    note: `@${user_name}`,
    rank: Math.min(matchRank(text, display_name), matchRank(text, user_name), 6),
    userName: user_name,
  });
}
