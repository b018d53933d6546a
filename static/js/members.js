// The list of members, made anew by the server when somebody has left, was put out, or has another role.
import { attachPeopleFields } from "./people_field.js";
import { parseOwnPage } from "./trusted.js";

const SPREAD = 50; // ms for each member: not all pages of a room ask at once

/** Event: "renewed" (detail.moderates: whether the reader looks after the room). */
export class Members extends EventTarget {
  #aside;
  #address;
  #outdated = false;
  #timer = 0;

  constructor(aside, roomName) {
    super();
    this.#aside = aside;
    this.#address = `/rooms/${encodeURIComponent(roomName)}/members/`;
    document.addEventListener("visibilitychange", () => this.#later());
    aside.addEventListener("focusout", () => this.#later());
  }

  /** It may be: something about the room is new that is no message. */
  outdated() {
    this.#outdated = true;
    this.#later();
  }

  /** Nobody sees it, or somebody is at work in it. */
  get #waits() {
    return document.visibilityState !== "visible" || this.#aside.contains(document.activeElement);
  }

  #later() {
    const count = this.#aside.querySelectorAll(".member").length;
    // A room too large to be listed would cost too much for too little.
    if (!this.#outdated || this.#aside.hasAttribute("data-more")) return;
    this.#timer ||= setTimeout(() => this.#renew(), 100 + Math.random() * SPREAD * count);
  }

  async #renew() {
    if (!this.#waits) {
      this.#outdated = false;
      const fresh = await this.#fetch();
      if (fresh && this.#waits) this.#outdated = true;
      else if (fresh) this.#show(fresh);
    }
    this.#timer = 0;
    if (!this.#waits) this.#later();
  }

  /** The list as it is now, or null. */
  async #fetch() {
    try {
      const response = await fetch(this.#address);
      return response.ok ? parseOwnPage(await response.text()).getElementById("members") : null;
    } catch {
      return null;
    }
  }

  #show(fresh) {
    const typed = this.#aside.querySelector("#invite")?.value;
    for (const name of ["data-more", "data-moderates"]) this.#aside.toggleAttribute(name, fresh.hasAttribute(name));
    this.#aside.replaceChildren(...fresh.childNodes);
    const field = this.#aside.querySelector("#invite");
    if (field && typed) field.value = typed;
    attachPeopleFields(this.#aside);
    const moderates = this.#aside.hasAttribute("data-moderates");
    this.dispatchEvent(new CustomEvent("renewed", { detail: { moderates } }));
  }
}
