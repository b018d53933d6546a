// Who is in the room right now: a dot on their avatar, and how many there are.
export class Presence {
  #members;
  #count;
  #names = new Set();

  constructor(members, count) {
    this.#members = members;
    this.#count = count;
  }

  /** Everybody who is there; `online` counts those whom the list leaves out, too. */
  begin(people, online) {
    this.#names = new Set(people.map((person) => person.user_name));
    this.#show(online);
  }

  change(joined, left, online) {
    joined.forEach((person) => this.#names.add(person.user_name));
    left.forEach((name) => this.#names.delete(name));
    this.#show(online);
  }

  #show(online) {
    this.#count.textContent = `${online} here`;
    for (const member of this.#members.querySelectorAll(".member")) {
      const here = this.#names.has(member.dataset.user);
      member.classList.toggle("member-here", here);
      member.querySelector(".member-presence").textContent = here ? "here" : "";
    }
  }
}
