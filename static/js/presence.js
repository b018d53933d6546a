// Who is in the room, and how many they are; and a dot on the avatar of those who are online, here or elsewhere.

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
    left.forEach((id) => this.#ids.delete(id)); // online until the server says otherwise: they may be elsewhere
    this.#online = online;
    this.#show(joined.length > 0);
  }

  /** The server has been asked who is online; with `all`, nobody else is. */
  told({ ids, all }) {
    for (const person of people()) {
      const online = ids.has(Number(person.dataset.userId));
      if (online || all) person.toggleAttribute("data-online", online);
    }
    this.show();
  }

  #show(news) {
    this.show();
    if (news) this.dispatchEvent(new Event("came"));
  }

  /** In the list as it is now. The server marked those who are online; who is here is, too. */
  show() {
    this.#members.querySelector("#here").textContent = `${this.#online} here`;
    for (const person of people()) {
      const here = this.#ids.has(Number(person.dataset.userId));
      person.classList.toggle("member-here", here);
      if (here) person.dataset.online = "";
      const word = person.querySelector(".member-presence");
      if (word) word.textContent = "online" in person.dataset ? "online" : "";
    }
  }
}

/** In the list of members, and in the head of a direct room. */
function people() {
  return document.querySelectorAll(".member, .bar-faces > *");
}
