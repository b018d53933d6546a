// The list of members: as the server makes it when people have come or gone, are invited, or have another role.
import { showAvatar } from "./avatar.js";
import { fetchPage, renew } from "./fragments.js";
import { attachPeopleFields } from "./people_field.js";

const SPREAD = 50; // ms for each member: not all pages of a room ask at once
const CROWD = 33; // members, from which on the server needs more time for each page, too
const TYPING = 200; // ms of none before the server is asked
const BACK_WITHIN = 2000; // ms, in which those who are there without being members are seen to leave or to have come in

/** Event: "renewed" (detail.moderates: whether the reader looks after the room). */
export class Members extends EventTarget {
  #aside;
  #address;
  #outdated = false;
  #asking = false;
  #timer = 0;
  #words = ""; // that the list is narrowed to
  #narrowed = false; // by the server
  #pages = 1; // of the list that one has asked for
  #foot = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && this.#showMore());

  constructor(aside, roomName) {
    super();
    this.#aside = aside;
    this.#address = `/rooms/${encodeURIComponent(roomName)}/members/`;
    document.addEventListener("visibilitychange", () => this.#later());
    aside.addEventListener("acted", () => this.#at(0));
    aside.addEventListener(
      "input",
      ({ target }) => target.id === "members-filter" && this.#narrow(target.value.trim()),
    );
    aside.addEventListener("click", ({ target }) => target.id === "members-more" && this.#showMore());
    this.#watchFoot();
  }

  /** It may be: something about the room is new that is no message. */
  outdated() {
    this.#outdated = true;
    this.#later();
  }

  /** These have come in; those who look after a room see more of it than that. */
  heard({ joined, member_count: count }) {
    const list = this.#aside.querySelector(".member-list");
    if (!this.#aside.hasAttribute("data-more")) {
      for (const person of joined) if (!this.#has(person.user_id)) list.append(newMember(person));
    }
    this.#hideOthers();
    this.#aside.querySelector("#member-count").textContent = count;
    if (this.#aside.hasAttribute("data-moderates") || this.#asking) this.outdated();
    this.#tell();
  }

  /** Who is there has become a member, or is about to leave: `ids` gives them as they are by then. */
  look(ids) {
    if (this.#aside.hasAttribute("data-more")) return; // the list holds the first ones only
    const strangers = () => [...ids()].some((id) => !this.#has(id));
    if (strangers()) setTimeout(() => strangers() && this.outdated(), BACK_WITHIN);
  }

  #has(userId) {
    return this.#aside.querySelector(`.member[data-user-id="${userId}"]`);
  }

  /** Those who look after the room are few, and do something about what they see. */
  #later() {
    const count = this.#aside.hasAttribute("data-moderates") ? 2 : this.#aside.querySelectorAll(".member").length;
    if (this.#outdated) this.#at(100 + Math.random() * SPREAD * count * Math.max(1, count / CROWD));
  }

  #at(wait) {
    if (!wait) {
      clearTimeout(this.#timer);
      this.#timer = 0;
      this.#outdated = true;
    }
    if (document.visibilityState === "visible") this.#timer ||= setTimeout(() => this.#renew(), wait);
  }

  async #renew() {
    this.#timer = 0;
    if (this.#asking) return; // what is new by then is asked for when that is done
    this.#outdated = false;
    this.#asking = true;
    const fresh = (await fetchPage(this.#asked))?.getElementById("members");
    this.#asking = false;
    if (fresh) this.#show(fresh);
    if (this.#outdated) this.#later();
  }

  #show(fresh) {
    renew(this.#aside, fresh);
    attachPeopleFields(this.#aside);
    this.#hideOthers();
    this.#watchFoot();
    this.#tell();
  }

  /** What is there is narrowed at once; of a list that is not whole the server knows the rest. */
  #narrow(words) {
    const whole = !this.#aside.hasAttribute("data-more");
    this.#words = words;
    this.#pages = 1;
    this.#hideOthers();
    if (whole) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#outdated = true;
    this.#at(TYPING);
  }

  #hideOthers() {
    const plain = (text) => text.normalize("NFKC").toLowerCase();
    const words = plain(this.#words).replace(/^@/, "");
    let found = 0;
    for (const member of this.#aside.querySelectorAll(".member")) {
      const name = member.querySelector(".member-name bdi");
      member.hidden = !plain(`${name.textContent} ${name.title}`).includes(words);
      found += !member.hidden;
    }
    const none = found ? "" : "No results";
    const line = this.#aside.querySelector("#members-none");
    if (line.textContent !== none) line.textContent = none;
  }

  #showMore() {
    if (this.#asking || !this.#aside.querySelector("#members-more")) return;
    this.#pages++;
    this.#at(0);
  }

  #watchFoot() {
    this.#foot.disconnect();
    const more = this.#aside.querySelector("#members-more");
    if (more) this.#foot.observe(more);
  }

  get #asked() {
    const query = new URLSearchParams();
    if (this.#words && (this.#aside.hasAttribute("data-more") || this.#narrowed)) query.set("words", this.#words);
    if (this.#pages > 1) query.set("pages", this.#pages);
    this.#narrowed = query.has("words");
    return query.size ? `${this.#address}?${query}` : this.#address;
  }

  #tell() {
    const count = this.#aside.querySelector("#member-count").textContent;
    document.querySelector(".members-open").ariaLabel = `Members: ${count}`;
    const moderates = this.#aside.hasAttribute("data-moderates");
    this.dispatchEvent(new CustomEvent("renewed", { detail: { moderates } }));
  }
}

function newMember(person) {
  const member = document.getElementById("member-template").content.firstElementChild.cloneNode(true);
  member.dataset.user = person.user_name;
  member.dataset.userId = person.user_id;
  showAvatar(member.querySelector(".avatar"), person);
  const name = member.querySelector(".member-name bdi");
  name.textContent = person.display_name;
  name.title = `@${person.user_name}`;
  member.querySelector("summary")?.setAttribute("aria-label", `Actions for ${person.display_name}`);
  for (const field of member.querySelectorAll("input[name^=user_name]")) field.value = person.user_name;
  return member;
}
