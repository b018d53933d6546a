// Says, before it is sent, that a message names somebody who is not in the room and can't come in by themselves.
import { callApi } from "./api.js";
import { inCode } from "./code.js";

const WAIT = 400; // ms of no typing
const MOST = 5; // names that are looked at
const NAMES = /(?<!:\/\/\S*)(?<![A-Za-z0-9_.+\-@＠\\])[@＠]([A-Za-z0-9_.+-]*[A-Za-z0-9_])/g;

export class Outsiders {
  #line;
  #members;
  #room;
  #known = new Map(); // name as written -> a promise of the person, if they exist and are not in the room
  #timer = 0;
  #latest = 0;

  /** `members` is the list in the page. */
  constructor(line, members, room) {
    this.#line = line;
    this.#members = members;
    this.#room = room;
  }

  /** The box holds `content` now. */
  look(content) {
    clearTimeout(this.#timer);
    this.#latest++;
    if (content.trim()) this.#timer = setTimeout(() => this.#tell(content), WAIT);
    else this.#show([]);
  }

  async #tell(content) {
    const mine = this.#latest;
    const names = [...content.matchAll(NAMES)].filter((match) => !inCode(content.slice(0, match.index)));
    const wanted = [...new Set(names.map((match) => match[1].toLowerCase()))].slice(0, MOST);
    const found = await Promise.all(wanted.map((name) => this.#find(name)));
    if (mine === this.#latest) this.#show(found.filter(Boolean));
  }

  #find(name) {
    const listed = [...this.#members.querySelectorAll(".member")].some(
      ({ dataset }) => dataset.user.toLowerCase() === name,
    );
    if (listed) return null;
    if (!this.#known.has(name))
      this.#known.set(
        name,
        this.#ask(name).catch(() => null),
      );
    return this.#known.get(name);
  }

  async #ask(name) {
    const search = `search=${encodeURIComponent(name)}`;
    const called = ({ results }) => results.find((person) => person.user_name.toLowerCase() === name) ?? null;
    const person = called(await callApi("GET", `people/?${search}`));
    if (!person || !this.#members.hasAttribute("data-more")) return person;
    return called(await callApi("GET", `rooms/${encodeURIComponent(this.#room)}/members/?${search}`)) ? null : person;
  }

  #show(people) {
    const names = people.map((person) => `@${person.user_name}`).join(", ");
    this.#line.hidden = !people.length;
    this.#line.textContent =
      names && `${names} ${people.length > 1 ? "are" : "is"} not in this room and won't see this.`;
  }
}
