// Shows who is in the room and how many, and a dot on the avatars of members who are online, here or elsewhere.
import { gettext, interpolate } from "./i18n.js";
/** @import { Person } from "./wire.js" */

/** Event: "joined" (somebody entered the room). */
export class Presence extends EventTarget {
  #members;
  #ids = new Set();
  #online = 0;

  /** @param {HTMLElement} members */
  constructor(members) {
    super();
    this.#members = members;
  }

  /** The user ids of the people in the room. */
  get ids() {
    return this.#ids;
  }

  /**
   * Starts with everybody in the room; `online` is the full count, also if `people` is incomplete.
   *
   * @param {Person[]} people
   * @param {number} online
   */
  reset(people, online) {
    this.#ids = new Set(people.map((person) => person.user_id));
    this.#online = online;
    this.#show(true);
  }

  /**
   * @param {Person[]} joined
   * @param {number[]} left
   * @param {number} online
   */
  change(joined, left, online) {
    joined.forEach((person) => this.#ids.add(person.user_id));
    left.forEach((id) => this.#ids.delete(id)); // still shown as online until the next poll: they may be elsewhere
    this.#online = online;
    this.#show(joined.length > 0);
  }

  /**
   * Applies the result of a poll; with `all`, nobody else is online.
   *
   * @param {{ ids: Set<number>, away: Set<number>, all: boolean }} options
   */
  setOnline({ ids, away, all }) {
    for (const person of people()) {
      const id = Number(person.dataset.userId);
      if (ids.has(id) || all) person.toggleAttribute("data-online", ids.has(id));
      if (ids.has(id) || all) person.toggleAttribute("data-away", away.has(id));
    }
    this.show();
  }

  /**
   * Shows who uses none of their pages any more, and who uses one again.
   *
   * @param {number[]} away
   * @param {number[]} back
   */
  setAway(away, back) {
    for (const person of people()) {
      const id = Number(person.dataset.userId);
      if (away.includes(id) || back.includes(id)) person.toggleAttribute("data-away", away.includes(id));
    }
    this.show();
  }

  /** @param {boolean} joined */
  #show(joined) {
    this.show();
    if (joined) this.dispatchEvent(new Event("joined"));
  }

  /** Updates the member list. The server has marked members who are online; people in the room are online, too. */
  show() {
    this.#members.querySelector("#here").textContent = interpolate(gettext("%(count)s here"), {
      count: this.#online,
    });
    for (const person of people()) {
      const here = this.#ids.has(Number(person.dataset.userId));
      person.classList.toggle("member-here", here);
      if (here) person.dataset.online = "";
      const word = person.querySelector(".member-presence");
      if (word) word.textContent = presenceWord(person.dataset);
    }
  }
}

/** @param {DOMStringMap} dataset of a person */
export function presenceWord(dataset) {
  if (!("online" in dataset)) return "";
  return "away" in dataset ? gettext("away") : gettext("online");
}

/** The people in the member list and in the header of a direct room. */
function people() {
  return document.querySelectorAll(".member, .bar-faces > *");
}
