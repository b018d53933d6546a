// Who is in the room: a dot on the avatar of those who are there, and how many they are.

/** Event: "came" (somebody is there who was not). */
export class Presence extends EventTarget {
  #members;
  #ids = new Set();
  #online = 0;

  constructor(members) {
    super();
    this.#members = members;
  }

  /** The user ids of those who are there. */
  get ids() {
    return this.#ids;
  }

  /** Everybody who is there; `online` counts those whom the list leaves out, too. */
  begin(people, online) {
    this.#ids = new Set(people.map((person) => person.user_id));
    this.#online = online;
    this.#show(true);
  }

  change(joined, left, online) {
    joined.forEach((person) => this.#ids.add(person.user_id));
    left.forEach((id) => this.#ids.delete(id));
    this.#online = online;
    this.#show(joined.length > 0);
  }

  #show(news) {
    this.show();
    if (news) this.dispatchEvent(new Event("came"));
  }

  /** In the list as it is now. */
  show() {
    this.#members.querySelector("#here").textContent = `${this.#online} here`;
    for (const member of this.#members.querySelectorAll(".member")) {
      const here = this.#ids.has(Number(member.dataset.userId));
      member.classList.toggle("member-here", here);
      member.querySelector(".member-presence").textContent = here ? "here" : "";
    }
  }
}
