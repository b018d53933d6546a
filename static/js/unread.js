// The rooms in the sidebar: live unread counts, new and removed rooms and sections, and the sum in the tab's title.
import { closeRead } from "./app.js";
import { showAvatar } from "./avatar.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { loadScript } from "./lazy.js";
import { presenceWord } from "./presence.js";
import { Action, FrameType } from "./protocol.js";
import { collapse } from "./sidebar.js";
import { setUnread } from "./title.js";
import { showToast } from "./toast.js";
/** @import { Socket } from "./socket.js" */
/** @import { Frame, SectionWire, UnreadWire } from "./wire.js" */

const RETRY_DELAY = 5000; // ms after a refused request
const DAY = 86_400_000; // ms; timers last 24 days at most

/** Event: "rooms" (the user's rooms or invitations have changed). */
export class Unread extends EventTarget {
  #socket;
  #open; // name of the room on this page, or undefined
  #lobby; // whether the page lists the public rooms
  #invitations = document.getElementById("sidebar-invitations");
  #reminders = document.getElementById("sidebar-reminders");
  #notifications = document.getElementById("sidebar-notifications");
  #rooms = document.getElementById("sidebar-rooms");
  #direct = document.getElementById("sidebar-direct");
  #favourites = document.getElementById("sidebar-favourites");
  #sections = document.getElementById("sidebar-sections");
  #sectionTemplate = /** @type {HTMLTemplateElement} */ (document.getElementById("sidebar-section-template"));
  #template = /** @type {HTMLTemplateElement} */ (document.getElementById("sidebar-room-template"));
  #entries = new Map(); // room name -> element
  /** @type {{ online: number[], away: number[] } | undefined} */
  #contacts; // the user ids of those who are online, and of those of them who are away

  /**
   * @param {Socket} socket
   * @param {{ open?: string, lobby?: boolean }} options
   */
  constructor(socket, { open = undefined, lobby = false } = {}) {
    super();
    this.#socket = socket;
    this.#open = open;
    this.#lobby = lobby;
    for (const entry of document.querySelectorAll(".sidebar-room")) this.#entries.set(entry.dataset.room, entry);
    socket.addEventListener("up", () => this.#watch());
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    document.addEventListener("visibilitychange", () => this.#showCounts());
    for (const name of ["focus", "blur"]) addEventListener(name, () => this.#showCounts());
    this.#showCounts();
  }

  async #watch() {
    try {
      await this.#socket.request({ action: Action.WATCH, lobby: this.#lobby });
    } catch {
      setTimeout(() => this.#socket.ready && this.#watch(), RETRY_DELAY);
    }
  }

  /** @param {Frame} frame */
  #receive(frame) {
    if (frame.type === FrameType.UNREAD) {
      const before = this.#listed;
      if (frame.sections) this.#showSections(frame.sections);
      if (frame.all) this.#keepOnly(new Set(frame.rooms.map((room) => room.room_name)));
      frame.rooms.forEach((room) => this.#put(room));
      frame.gone?.forEach((name) => this.#drop(name));
      this.#contacts = frame.contacts ?? this.#contacts;
      this.#showPresence();
      if (frame.invitations !== undefined) this.#invite(frame.invitations);
      if (frame.reminders !== undefined) this.#showReminders(frame.reminders);
      if (frame.notifications !== undefined) this.#showNotifications(frame.notifications);
      if (frame.scheduled !== undefined) this.#showIfAny("scheduled", frame.scheduled);
      if (frame.reports !== undefined) this.#showIfAny("reports", frame.reports);
      if (frame.open_tasks !== undefined) this.#showTasks(frame.open_tasks);
      if (frame.dnd_until !== undefined) showDoNotDisturb(frame.dnd_until);
      if (this.#listed !== before) this.dispatchEvent(new Event("rooms"));
    } else if (frame.type === FrameType.READ && this.#entries.has(frame.room_name)) {
      Object.assign(this.#entries.get(frame.room_name).dataset, { unread: frame.unread, mentions: frame.mentions });
    } else if (frame.type === FrameType.SAVED) {
      this.#showReminders(frame.reminders);
      if (frame.reminder) showReminder(frame, frame.reminder);
    } else {
      return;
    }
    this.#showCounts();
  }

  /** The rooms and invitations listed, as a string: other lists show them, too. */
  get #listed() {
    return JSON.stringify([
      [...this.#entries.keys()].sort(),
      document.getElementById("sidebar-invitation-count").textContent,
    ]);
  }

  /** @param {number} count */
  async #invite(count) {
    const shown = document.getElementById("sidebar-invitation-count");
    const before = Number(shown.textContent);
    this.#invitations.hidden = count === 0;
    shown.textContent = String(count);
    if (count > before || (count < before && document.querySelector(".invited-card")))
      (await loadScript("sidebar-invitations"))?.showInvitations(Math.max(0, count - before));
  }

  /** @param {number} count */
  #showReminders(count) {
    this.#reminders.hidden = count === 0;
    document.getElementById("sidebar-reminder-count").textContent = String(count);
  }

  /**
   * @param {string} what
   * @param {number} count
   */
  #showIfAny(what, count) {
    const entry = document.getElementById(`sidebar-${what}`);
    if (!entry) return;
    entry.hidden = !count && !entry.querySelector("[aria-current]");
    entry.querySelector(".sidebar-count").textContent = count ? String(count) : "";
  }

  /** @param {number} count */
  #showTasks(count) {
    document.getElementById("sidebar-tasks").hidden = count === 0;
    document.getElementById("sidebar-task-count").textContent = String(count);
  }

  /** @param {number} count */
  #showNotifications(count) {
    this.#notifications.hidden = count === 0;
    document.getElementById("sidebar-notification-count").textContent = count < 100 ? String(count) : "99+";
    navigator.setAppBadge?.(count).catch(() => {}); // on the icon of the installed app
  }

  #showPresence() {
    if (!this.#contacts) return;
    const { online, away } = this.#contacts;
    for (const entry of this.#entries.values()) {
      const id = Number(entry.dataset.userId);
      entry.toggleAttribute("data-online", online.includes(id));
      entry.toggleAttribute("data-away", away.includes(id));
      entry.querySelector(".sidebar-presence").textContent = presenceWord(entry.dataset);
    }
  }

  /** @param {Set<string>} names */
  #keepOnly(names) {
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#drop(name);
  }

  /** @param {string} name */
  #drop(name) {
    this.#entries.get(name)?.remove();
    this.#entries.delete(name);
  }

  /** @param {UnreadWire} room */
  #put(room) {
    const known = this.#entries.get(room.room_name);
    const entry = known ?? this.#make(room);
    const newer = room.last_seq > Number(entry.dataset.last ?? -1);
    Object.assign(entry.dataset, { unread: room.unread, mentions: room.mentions, last: room.last_seq });
    entry.querySelector("bdi").textContent = room.title;
    this.#showMark(entry, room);
    const silent = room.level === "nothing";
    this.#showSilent(entry, silent);
    if (room.room_name === this.#open)
      document.getElementById("room-notifications-open")?.classList.toggle("bar-silent", silent);
    entry.toggleAttribute("data-direct", room.kind === "direct");
    const wasMuted = entry.classList.contains("sidebar-muted");
    entry.classList.toggle("sidebar-muted", Boolean(room.muted));
    const list = room.favourite
      ? this.#favourites
      : (document.getElementById(`sidebar-section-${room.section}`) ?? this.#usualList(entry));
    if (entry.parentElement !== list || wasMuted !== Boolean(room.muted) || (newer && list === this.#direct))
      this.#place(entry, list);
  }

  /** @param {HTMLElement} entry */
  #usualList(entry) {
    return entry.hasAttribute("data-direct") ? this.#direct : this.#rooms;
  }

  /** @param {SectionWire[]} sections */
  #showSections(sections) {
    const gone = new Set(/** @type {HTMLElement[]} */ ([...this.#sections.children]));
    sections.forEach(({ id, name, collapsed }, place) => {
      const list = document.getElementById(`sidebar-section-${id}`);
      const section = list?.parentElement ?? this.#makeSection(id);
      gone.delete(section);
      section.querySelector("bdi").textContent = name;
      section.querySelector("ul").ariaLabel = name;
      collapse(section, collapsed);
      const next = this.#sections.children[place];
      if (next !== section) this.#sections.insertBefore(section, next ?? null);
    });
    for (const section of gone) {
      for (const entry of /** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll(".sidebar-room")))
        this.#place(entry, this.#usualList(entry));
      section.remove();
    }
  }

  /** @param {number} id */
  #makeSection(id) {
    const section = /** @type {HTMLElement} */ (this.#sectionTemplate.content.firstElementChild.cloneNode(true));
    section.dataset.section = String(id);
    section.querySelector("ul").id = `sidebar-section-${id}`;
    return section;
  }

  /** @param {UnreadWire} room */
  #make({ room_name }) {
    const entry = this.#template.content.firstElementChild.cloneNode(true);
    entry.dataset.room = room_name;
    entry.querySelector("a").href = `/rooms/${encodeURIComponent(room_name)}/`;
    if (room_name === this.#open) entry.querySelector("a").ariaCurrent = "page";
    this.#entries.set(room_name, entry);
    return entry;
  }

  /**
   * Shows the avatar of the only other person, the number of the other people, or the icon of the room's kind.
   *
   * @param {HTMLElement} entry
   * @param {UnreadWire} room
   */
  #showMark(entry, { kind, title, avatar, user_id: id, others }) {
    if (id) entry.dataset.userId = String(id);
    else delete entry.dataset.userId;
    const mark = entry.querySelector(".sidebar-mark");
    const sign = others
      ? Object.assign(document.createElement("span"), { className: "avatar", textContent: others })
      : this.#template.content.querySelector(`[data-kind="${kind}"]`).cloneNode(true);
    if (id) showAvatar(sign, { user_id: id, user_name: "", display_name: title, avatar });
    /** @param {Element | null} shown */
    const looks = (shown) =>
      shown && [shown.getAttribute("class"), shown.textContent.trim(), shown.querySelector("img")?.src].join();
    if (mark.children.length !== 1 || looks(mark.firstElementChild) !== looks(sign)) mark.replaceChildren(sign);
  }

  /**
   * Shows that nothing in the room notifies the user.
   *
   * @param {HTMLElement} entry
   * @param {boolean} silent
   */
  #showSilent(entry, silent) {
    const sign = entry.querySelector(".sidebar-silent");
    if (silent && !sign)
      entry
        .querySelector(".sidebar-count")
        .before(this.#template.content.querySelector(".sidebar-silent").cloneNode(true));
    else if (!silent) sign?.remove();
  }

  /**
   * Puts a room into a list: the latest direct room first, the user's other rooms by name, those of favourites and
   * sections by title, and muted ones last.
   *
   * @param {HTMLElement} entry
   * @param {HTMLElement} list
   */
  #place(entry, list) {
    /** @param {HTMLElement} one */
    const muted = (one) => Number(one.classList.contains("sidebar-muted"));
    /** @param {HTMLElement} one */
    const name = (one) =>
      list === this.#rooms ? one.dataset.room : one.querySelector("bdi").textContent.toLowerCase();
    const next = /** @type {HTMLElement[]} */ ([...list.children]).find((other) => {
      if (other === entry) return false;
      const later = muted(other) - muted(entry);
      return later > 0 || (later === 0 && (list === this.#direct || name(other) > name(entry)));
    });
    const inPlace = entry.parentElement === list && entry.nextElementSibling === (next ?? null);
    if (!inPlace) list.insertBefore(entry, next ?? null);
  }

  /**
   * Shows the counts in the sidebar and their sum in the tab, and closes notifications about what has been read. A room that
   * the user is looking at has nothing unread.
   */
  #showCounts() {
    let sum = 0;
    const looking = document.visibilityState === "visible" && document.hasFocus();
    for (const [name, entry] of this.#entries) {
      const counted = !(looking && name === this.#open);
      sum += showCount(entry, counted ? entry.dataset : { unread: 0, mentions: 0 });
    }
    document.body.classList.toggle(
      "news-elsewhere",
      sum > 0 || [this.#invitations, this.#reminders, this.#notifications].some((count) => !count.hidden),
    );
    setUnread(sum);
    closeRead((name) => (looking && name === this.#open) || this.#entries.get(name)?.dataset.unread === "0");
  }
}

/**
 * Shows a reminder that has come due.
 *
 * @param {Frame} frame
 * @param {{ title: string, body: string }} reminder
 */
function showReminder({ room_name, seq }, { title, body }) {
  const link = document.createElement("a");
  link.href = `/rooms/${encodeURIComponent(room_name)}/?message=${seq}`;
  link.textContent = gettext("Open message");
  showToast(`${title}: ${body}`, link);
}

/**
 * Shows a room's unread count, as templates/rooms/_sidebar_room.html does, and returns it. Messages in a direct room
 * count as mentions; in a muted room, only mentions count.
 *
 * @param {HTMLElement} entry
 * @param {{ unread?: string | number, mentions?: string | number }} dataset
 */
function showCount(entry, dataset) {
  const [unread, mentions] = [Number(dataset.unread), Number(dataset.mentions)];
  const muted = entry.classList.contains("sidebar-muted");
  const counted = muted ? mentions : unread;
  /** @param {number} count */
  const upTo99 = (count) => (count > 99 ? "99+" : String(count));
  entry.classList.toggle("sidebar-news", counted > 0 && !muted);
  entry.classList.toggle("sidebar-mentions", mentions > 0 || (entry.hasAttribute("data-direct") && counted > 0));
  entry.querySelector(".sidebar-count").hidden = counted === 0;
  entry.querySelector(".sidebar-count-shown").textContent = mentions ? `@${upTo99(mentions)}` : upTo99(unread);
  const said = mentions
    ? ngettext("%(count)s unread, %(mentions)s for you", "%(count)s unread, %(mentions)s for you", unread)
    : ngettext("%(count)s unread", "%(count)s unread", unread);
  entry.querySelector(".sidebar-count-said").textContent = interpolate(said, { count: unread, mentions });
  return counted;
}

let dndTimer = 0;

/**
 * Shows in the account's row whether do-not-disturb is on, until it ends.
 *
 * @param {number} until in seconds since 1970
 */
function showDoNotDisturb(until) {
  const sign = document.getElementById("dnd");
  const left = until * 1000 - Date.now();
  sign.hidden = left <= 0;
  clearTimeout(dndTimer);
  if (left > 0) dndTimer = setTimeout(showDoNotDisturb, Math.min(left, DAY), until);
}
