// Who is in the room: a dot on the avatar of those who are there, how many they are, and newcomers in the list.
import { showAvatar } from "./avatar.js";

export class Presence {
  #members;
  #names = new Set();
  #online = 0;

  constructor(members) {
    this.#members = members;
  }

  /** Everybody who is there; `online` counts those whom the list leaves out, too. */
  begin(people, online) {
    this.#names = new Set(people.map((person) => person.user_name));
    this.#online = online;
    this.#welcome(people);
    this.show();
  }

  change(joined, left, online) {
    joined.forEach((person) => this.#names.add(person.user_name));
    left.forEach((name) => this.#names.delete(name));
    this.#online = online;
    this.#welcome(joined);
    this.show();
  }

  /** Going in is joining: who is there and not in the list has become a member since the page was made. */
  #welcome(people) {
    if (this.#members.hasAttribute("data-more")) return; // the list holds the first ones only
    const known = new Set([...this.#members.querySelectorAll(".member")].map((member) => member.dataset.user));
    const list = this.#members.querySelector(".member-list");
    for (const person of people.filter(({ user_name }) => !known.has(user_name))) list.append(newMember(person));
    this.#members.querySelector("#member-count").textContent = list.childElementCount;
  }

  /** In the list as it is now. */
  show() {
    this.#members.querySelector("#here").textContent = `${this.#online} here`;
    for (const member of this.#members.querySelectorAll(".member")) {
      const here = this.#names.has(member.dataset.user);
      member.classList.toggle("member-here", here);
      member.querySelector(".member-presence").textContent = here ? "here" : "";
    }
  }
}

function newMember(person) {
  const member = document.getElementById("member-template").content.firstElementChild.cloneNode(true);
  member.dataset.user = person.user_name;
  showAvatar(member.querySelector(".avatar"), person);
  const name = member.querySelector(".member-name bdi");
  name.textContent = person.display_name;
  name.title = `@${person.user_name}`;
  member.querySelector("summary")?.setAttribute("aria-label", `What to do about ${person.display_name}`);
  for (const field of member.querySelectorAll("input[name^=user_name]")) field.value = person.user_name;
  return member;
}
