// The list of members: fetched again when people join or leave, are invited, or get another role.
import { showAvatar } from "./avatar.js";
import { fetchPage } from "./fragments.js";
import { gettext, interpolate } from "./i18n.js";
import { attachPeopleFields } from "./people_field.js";
import { personPath } from "./person_links.js";
/** @import { Person } from "./wire.js" */

const JITTER = 50; // ms per member, so that not all pages of a room ask at once
const CROWD = 33; // members; in larger rooms, each page takes the server longer, too
const DEBOUNCE = 200; // ms without typing before the filter asks the server
const GRACE = 2000; // ms within which somebody present who is not listed has either left or become a member

/** Event: "renewed" (detail.moderates: whether the user may moderate the room). */
export class Members extends EventTarget {
  #aside;
  #address;
  #stale = false;
  #loading = false;
  #timer = 0;
  #quietTimer = 0;
  #words = ""; // of the filter
  #filtered = false; // by the server
  #pages = 1; // shown of a long list
  #foot = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && this.#showMore());

  /**
   * @param {HTMLElement} aside
   * @param {string} roomName
   */
  constructor(aside, roomName) {
    super();
    this.#aside = aside;
    this.#address = `/rooms/${encodeURIComponent(roomName)}/members/`;
    document.addEventListener("visibilitychange", () => this.#reloadLater());
    aside.addEventListener("acted", () => this.#reloadIn(0));
    aside.addEventListener(
      "input",
      ({ target }) =>
        target.id === "members-filter" && this.#filter(/** @type {HTMLInputElement} */ (target).value.trim()),
    );
    aside.addEventListener("click", ({ target }) => target.id === "members-more" && this.#showMore());
    this.#watchFoot();
    this.#watchQuietHours();
  }

  /** Reloads the list soon: something other than a message has changed in the room. */
  markStale() {
    this.#stale = true;
    this.#reloadLater();
  }

  /**
   * Adds people who have joined. Moderators see more than their names, so their list is reloaded.
   *
   * @param {{ joined: Person[], member_count: number }} options
   */
  addJoined({ joined, member_count: count }) {
    const list = this.#aside.querySelector(".member-list");
    if (!this.#aside.hasAttribute("data-more")) {
      for (const person of joined) if (!this.#find(person.user_id)) list.append(newMember(person));
    }
    this.#applyFilter();
    this.#aside.querySelector("#member-count").textContent = String(count);
    if (this.#aside.hasAttribute("data-moderates") || this.#loading) this.markStale();
    this.#announce();
  }

  /**
   * Reloads the list if somebody present is missing from it for a while. `ids` returns the user ids of those present.
   *
   * @param {() => Set<number>} ids
   */
  checkPresent(ids) {
    if (this.#aside.hasAttribute("data-more")) return; // the list is incomplete anyway
    const anyMissing = () => [...ids()].some((id) => !this.#find(id));
    if (anyMissing()) setTimeout(() => anyMissing() && this.markStale(), GRACE);
  }

  /** @param {number | null} userId */
  #find(userId) {
    return this.#aside.querySelector(`.member[data-user-id="${userId}"]`);
  }

  /**
   * Reloads a stale list after a random delay, which grows with the room. It is short for moderators: they are few, and
   * act on what they see.
   */
  #reloadLater() {
    const count = this.#aside.hasAttribute("data-moderates") ? 2 : this.#aside.querySelectorAll(".member").length;
    if (this.#stale) this.#reloadIn(100 + Math.random() * JITTER * count * Math.max(1, count / CROWD));
  }

  /**
   * Reloads after `delay` ms, once the page is visible.
   *
   * @param {number} delay
   */
  #reloadIn(delay) {
    if (!delay) {
      clearTimeout(this.#timer);
      this.#timer = 0;
      this.#stale = true;
    }
    if (document.visibilityState === "visible") this.#timer ||= setTimeout(() => this.#reload(), delay);
  }

  async #reload() {
    this.#timer = 0;
    if (this.#loading) return; // the list stays stale and is loaded again afterwards
    this.#stale = false;
    this.#loading = true;
    const fresh = (await fetchPage(this.#url))?.getElementById("members");
    // Loaded when the list first changes, because it is a tenth of all scripts.
    const script = fresh && (await import(this.#aside.dataset.script).catch(() => null));
    this.#loading = false;
    if (script) this.#show(fresh, script.morph);
    else if (fresh) this.#stale = true;
    if (this.#stale) this.#reloadLater();
  }

  /**
   * @param {HTMLElement} fresh
   * @param {typeof import("./morph.js").morph} morph
   */
  #show(fresh, morph) {
    morph(this.#aside, fresh);
    attachPeopleFields(this.#aside);
    this.#applyFilter();
    this.#watchFoot();
    this.#watchQuietHours();
    this.#announce();
  }

  /**
   * Filters the listed members at once; if the list is incomplete, the server filters all of them.
   *
   * @param {string} words
   */
  #filter(words) {
    const complete = !this.#aside.hasAttribute("data-more");
    this.#words = words;
    this.#pages = 1;
    this.#applyFilter();
    if (complete) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#stale = true;
    this.#reloadIn(DEBOUNCE);
  }

  #applyFilter() {
    /** @param {string} text */
    const plain = (text) => text.normalize("NFKC").toLowerCase();
    const words = plain(this.#words).replace(/^@/, "");
    let found = 0;
    for (const member of this.#aside.querySelectorAll(".member")) {
      const name = member.querySelector(".member-name bdi");
      member.hidden = !plain(`${name.textContent} ${name.title}`).includes(words);
      if (!member.hidden) found++;
    }
    const none = found ? "" : gettext("No results");
    const line = this.#aside.querySelector("#members-none");
    if (line.textContent !== none) line.textContent = none;
  }

  #showMore() {
    if (this.#loading || !this.#aside.querySelector("#members-more")) return;
    this.#pages++;
    this.#reloadIn(0);
  }

  #watchFoot() {
    this.#foot.disconnect();
    const more = this.#aside.querySelector("#members-more");
    if (more) this.#foot.observe(more);
  }

  /** Reloads the list when quiet hours of somebody in it begin. Pages are not told when that is for whom. */
  #watchQuietHours() {
    clearTimeout(this.#quietTimer);
    const left = new Date(this.#aside.dataset.quietFrom ?? NaN).getTime() - Date.now();
    if (left >= 0) this.#quietTimer = setTimeout(() => this.markStale(), left);
  }

  get #url() {
    const query = new URLSearchParams();
    if (this.#words && (this.#aside.hasAttribute("data-more") || this.#filtered)) query.set("words", this.#words);
    if (this.#pages > 1) query.set("pages", String(this.#pages));
    this.#filtered = query.has("words");
    return query.size ? `${this.#address}?${query}` : this.#address;
  }

  #announce() {
    const count = this.#aside.querySelector("#member-count").textContent;
    document.querySelector(".members-open").ariaLabel = interpolate(gettext("Members: %(count)s"), { count });
    const moderates = this.#aside.hasAttribute("data-moderates");
    this.dispatchEvent(new CustomEvent("renewed", { detail: { moderates } }));
  }
}

/** @param {Person} person */
function newMember(person) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("member-template"));
  const member = template.content.firstElementChild.cloneNode(true);
  member.dataset.user = person.user_name;
  member.dataset.userId = String(person.user_id);
  member.querySelector(".signs").dataset.signsOf = String(person.user_id);
  showAvatar(member.querySelector(".avatar"), person);
  const name = member.querySelector(".member-name bdi");
  name.textContent = person.display_name;
  name.title = `@${person.user_name}`;
  member.querySelector(".member-link").setAttribute("href", personPath(person.user_name));
  member
    .querySelector("summary")
    ?.setAttribute("aria-label", interpolate(gettext("Actions for %(name)s"), { name: person.display_name }));
  for (const field of member.querySelectorAll("input[name^=user_name]"))
    /** @type {HTMLInputElement} */ (field).value = person.user_name;
  return member;
}
