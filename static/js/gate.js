// Keeps a member from sending what the server would refuse: in slow mode, and while they are muted. What they have typed
// stays in the composer, which says why, and in slow mode counts down. Loaded when it is first needed.
import { callApi } from "./api.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { ErrorCode } from "./protocol.js";
/** @import { Composer } from "./composer.js" */
/** @import { Drafts } from "./drafts.js" */
/** @import { MessageList } from "./messages.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Frame, Mute, Page } from "./wire.js" */

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export class Gate {
  #page;
  #composer;
  #drafts;
  #outbox;
  #list;
  #until = 0; // when the member may send again in slow mode, as Date.now()
  /** @type {Mute | null} */
  #mute;
  #timer = 0;

  /**
   * @param {{ page: Page, composer: Composer, drafts: Drafts, outbox: Outbox, list: MessageList }} parts
   */
  constructor({ page, composer, drafts, outbox, list }) {
    this.#page = page;
    this.#composer = composer;
    this.#drafts = drafts;
    this.#outbox = outbox;
    this.#list = list;
    this.#mute = page.muted ?? null;
    if (this.#mute) composer.showError(mutedSentence(this.#mute));
    if (page.wait) this.#wait(page.wait);
    outbox.addEventListener("sent", ({ detail }) => {
      const { room, may_moderate: moderates } = page;
      if (detail.item.room_name === room.name && room.slow_seconds && !moderates) this.#wait(room.slow_seconds);
    });
  }

  /**
   * Whether a message may be sent now: null if there is no doubt, or a promise.
   *
   * @returns {Promise<boolean> | null}
   */
  ask() {
    if (this.#until > Date.now() && this.#page.room.slow_seconds) {
      this.#count();
      return Promise.resolve(false);
    }
    return this.#mute && this.#askServer();
  }

  /** Asks whether the member is still muted: a moderator may have unmuted them. */
  async #askServer() {
    try {
      this.#mute = (await callApi("GET", `rooms/${encodeURIComponent(this.#page.room.name)}/`)).muted;
    } catch {
      // The server is asked again when the message is sent.
    }
    if (!this.#mute) return true;
    this.#composer.showError(mutedSentence(this.#mute));
    return false;
  }

  /**
   * Call when the server has refused something. The text of a message returns to the composer, if nothing else is there.
   *
   * @param {Frame} frame
   */
  refused({ code, client_id: clientId = "", retry_after: seconds = 0, until = null, reason = "" }) {
    const item = this.#outbox.items().find((each) => each.client_id === clientId && each.failed);
    if (item && this.#composer.idle && !item.attachments?.length) {
      this.#outbox.discard(clientId);
      this.#list.dropPending(clientId);
      this.#drafts.keep({ content: item.content, reply: item.reply_to ? { seq: item.reply_to } : null });
      this.#composer.show();
    }
    if (code === ErrorCode.SLOW_MODE) return this.#wait(seconds);
    this.#mute = { until, reason };
    this.#composer.showError(mutedSentence(this.#mute));
  }

  /** @param {number} seconds */
  #wait(seconds) {
    this.#until = Date.now() + seconds * 1000;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#count(), 1000);
    this.#count();
  }

  #count() {
    const left = this.#page.room.slow_seconds ? Math.ceil((this.#until - Date.now()) / 1000) : 0;
    if (left > 0) {
      const sentence = ngettext(
        "Slow mode: you can send again in %(count)s second.",
        "Slow mode: you can send again in %(count)s seconds.",
        left,
      );
      this.#composer.showHint(interpolate(sentence, { count: left }));
    } else {
      clearInterval(this.#timer);
      this.#composer.showHint("");
    }
  }
}

/** @param {Mute} mute */
function mutedSentence({ until, reason }) {
  const sentence = until
    ? interpolate(gettext("You are muted until %(moment)s: you can read, but not write."), {
        moment: moment.format(new Date(until)),
      })
    : gettext("You are muted: you can read, but not write.");
  return reason ? `${sentence} ${interpolate(gettext("Reason: “%(reason)s”."), { reason })}` : sentence;
}
