/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
/*! js/api.js 491c4013f01ac9c1 */
var SIGNED_OUT = gettext("You are signed out. Sign in and try again.");
var ApiError = class extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
};
async function callApi(method, path, body, options = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== void 0) headers["Content-Type"] = "application/json";
  return ask(`/api/${path}`, { method, headers, body: body && JSON.stringify(body), ...options });
}
async function ask(address, request) {
  let response;
  try {
    response = await fetch(address, request);
  } catch {
    throw new ApiError(0, gettext("Can't reach the server. Try again in a moment."));
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401) throw new ApiError(401, SIGNED_OUT);
  throw new ApiError(response.status, answer?.detail ?? gettext("Something went wrong. Try again."));
}
function csrfToken() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]").
  value;
}
/*! js/protocol.js c77a70a8b5af9d3d */
var Action = Object.freeze({ JOIN_ROOM: "joinRoom", SEND_MESSAGE: "sendMessage", EDIT_MESSAGE: "editMessage", DELETE_MESSAGE: "\
deleteMessage", DELETE_ATTACHMENT: "deleteAttachment", REMOVE_PREVIEW: "removePreview", ADD_REACTION: "addReaction", REMOVE_REACTION: "\
removeReaction", PIN_MESSAGE: "pinMessage", UNPIN_MESSAGE: "unpinMessage", SAVE_MESSAGE: "saveMessage", UNSAVE_MESSAGE: "\
unsaveMessage", MARK_READ: "markRead", TYPING: "typing", SET_IDLE: "setIdle", WATCH: "watch", PING: "ping" });
var FrameType = Object.freeze({ WELCOME: "welcome", JOINED: "joined", LEFT: "left", MESSAGES: "messages", ROOM: "room", ACK: "\
ack", PRESENCE: "presence", READ: "read", PERSON: "person", PEOPLE: "people", STATUS: "status", AWAY: "away", LOBBY: "lo\
bby", TYPING: "typing", UNREAD: "unread", SAVED: "saved", TASK: "task", HEARTBEAT: "heartbeat", PONG: "pong", ERROR: "er\
ror" });
var LeftReason = Object.freeze({ ASKED: "asked", REMOVED: "removed", BANNED: "banned", DELETED: "deleted" });
var ErrorCode = Object.freeze({ NOT_FOUND: "not_found", CONFLICT: "conflict", RATE_LIMITED: "rate_limited", SLOW_MODE: "\
slow_mode", MUTED: "muted", UNAVAILABLE: "unavailable" });
var CloseCode = Object.freeze({ TOO_MANY_CONNECTIONS: 1008, RESTARTING: 1012, NOT_AUTHENTICATED: 4001, DISCONNECTED: 4003,
TOO_MANY_VIOLATIONS: 4029 });
/*! js/gate.js a02706ce488fdbe1 */
var moment = new Intl.DateTimeFormat(void 0, { dateStyle: "medium", timeStyle: "short" });
var Gate = class {
  #page;
  #composer;
  #drafts;
  #outbox;
  #list;
  #until = 0;
  #mute;
  #timer = 0;
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
  ask() {
    if (this.#until > Date.now() && this.#page.room.slow_seconds) {
      this.#count();
      return Promise.resolve(false);
    }
    return this.#mute && this.#askServer();
  }
  async #askServer() {
    try {
      this.#mute = (await callApi("GET", `rooms/${encodeURIComponent(this.#page.room.name)}/`)).muted;
    } catch {
    }
    if (!this.#mute) return true;
    this.#composer.showError(mutedSentence(this.#mute));
    return false;
  }
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
  #wait(seconds) {
    this.#until = Date.now() + seconds * 1e3;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#count(), 1e3);
    this.#count();
  }
  #count() {
    const left = this.#page.room.slow_seconds ? Math.ceil((this.#until - Date.now()) / 1e3) : 0;
    if (left > 0) {
      const sentence = ngettext("Slow mode: you can send again in %(count)s second.", "Slow mode: you can send again in \
%(count)s seconds.", left);
      this.#composer.showHint(interpolate(sentence, { count: left }));
    } else {
      clearInterval(this.#timer);
      this.#composer.showHint("");
    }
  }
};
function mutedSentence({ until, reason }) {
  const sentence = until ? interpolate(gettext("You are muted until %(moment)s: you can read, but not write."), { moment: moment.
  format(new Date(until)) }) : gettext("You are muted: you can read, but not write.");
  return reason ? `${sentence} ${interpolate(gettext("Reason: \u201C%(reason)s\u201D."), { reason })}` : sentence;
}
export { Gate };
