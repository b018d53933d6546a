/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
function interpolateNodes(text, values) {
  return text.split(/%\((\w+)\)s/).map((part, place) => place % 2 ? values[part] : part);
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
/*! js/toast.js 506e31d047266257 */
var DURATION = 6e3;
var line = document.getElementById("said");
var timer = 0;
function showToast(sentence, link) {
  clearTimeout(timer);
  line.textContent = sentence;
  if (link) line.append(" ", link);
  timer = setTimeout(dismiss, DURATION);
}
function dismiss() {
  if (line.matches(":hover, :focus-within")) timer = setTimeout(dismiss, DURATION / 3);
  else line.textContent = "";
}
if (line.textContent) showToast(line.textContent);
/*! js/invited.js 687e7d6fe415fa51 */
var SHOWN_AT_ONCE = 3;
var list = null;
async function showInvitations(news) {
  list ??= makeList();
  const invitations2 = (await callApi("GET", "invitations/?cursor=before:&limit=100")).results;
  const names = new Set(invitations2.map(({ room_name }) => room_name));
  for (const card of [...list.children]) if (!names.has(card.dataset.room)) card.remove();
  for (const invitation of news > 0 ? invitations2.slice(-Math.min(news, SHOWN_AT_ONCE)) : []) if (![...list.children].some(
  (card) => card.dataset.room === invitation.room_name)) list.append(makeCard(invitation));
}
function makeList() {
  const made = document.createElement("div");
  made.className = "invited";
  made.role = "status";
  document.body.append(made);
  return made;
}
function makeCard({ room_name, title, by_display_name }) {
  const card = document.createElement("section");
  card.className = "invited-card";
  card.dataset.room = room_name;
  const text = document.createElement("p");
  const [who, where] = [by_display_name ?? gettext("Somebody"), title].map((name) => Object.assign(document.createElement(
  "bdi"), { textContent: name }));
  text.append(...interpolateNodes(gettext("%(who)s invited you to %(where)s"), { who, where }));
  const buttons = document.createElement("p");
  buttons.className = "invited-buttons";
  const address = `invitations/${encodeURIComponent(room_name)}/`;
  buttons.append(button(gettext("Join"), "button button-main", card, async () => {
    await callApi("POST", address);
    location.href = `/rooms/${encodeURIComponent(room_name)}/`;
  }), button(gettext("Decline"), "button", card, async () => {
    await callApi("DELETE", address);
    card.remove();
  }), button(gettext("Later"), "button", card, async () => card.remove()));
  card.append(text, buttons);
  return card;
}
function button(label, className, card, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className, textContent: label });
  made.addEventListener("click", async () => {
    if (card.ariaBusy === "true") return;
    card.ariaBusy = "true";
    try {
      await act();
    } catch (error) {
      showToast(error.message);
      card.remove();
    } finally {
      card.ariaBusy = null;
    }
  });
  return made;
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
/*! js/socket.js 2e05fbcb494c2186 */
var FIRST_DELAY = 600;
var MAX_RESTART_DELAY = 4e3;
var RESTART_ATTEMPTS = 15;
var MAX_DELAY = 3e4;
var CROWDED_DELAY = 45e3;
var CONNECT_TIMEOUT = 1e4;
var ANSWER_TIMEOUT = 1e4;
var QUIET = 4e3;
var DOUBTFUL = 4e3;
var DEAD = 4e3;
var RequestError = class extends Error {
  constructor(code, detail, retryAfter = 0) {
    super(detail);
    this.code = code;
    this.retryAfter = retryAfter;
  }
};
var Socket = class extends EventTarget {
  #url;
  #socket = null;
  #attempt = 0;
  #retry = 0;
  #watch = 0;
  #probe = 0;
  #quiet = 6e4;
  #doubtful = false;
  #waiting = /* @__PURE__ */ new Map();
  #requests = 0;
  #stopped = false;
  #userId;
  ready = false;
  constructor(path, userId2) {
    super();
    this.#userId = userId2;
    this.#url = new URL(path, location.href);
    this.#url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.ready && this.#ping());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      if (this.ready) this.#ping();
      else this.retryNow();
    });
  }
  connect() {
    if (this.#socket || this.#stopped) return;
    clearTimeout(this.#retry);
    const socket2 = this.#socket = new WebSocket(this.#url);
    this.#watch = setTimeout(() => this.#lost(socket2, 0), CONNECT_TIMEOUT);
    socket2.onmessage = (event) => this.#receive(socket2, JSON.parse(event.data));
    socket2.onclose = (event) => this.#lost(socket2, event.code);
  }
  retryNow() {
    this.#attempt = 0;
    if (this.#socket && this.#doubtful) this.#lost(this.#socket, 0);
    this.connect();
  }
  request(frame) {
    if (!this.ready) return Promise.reject(new RequestError("connection", gettext("No connection.")));
    const requestId = `r${++this.#requests}`;
    return new Promise((resolve, reject) => {
      const timer2 = setTimeout(() => {
        this.#waiting.delete(requestId);
        reject(new RequestError("connection", gettext("The server did not respond.")));
      }, ANSWER_TIMEOUT);
      this.#waiting.set(requestId, { resolve, reject, timer: timer2 });
      this.#socket?.send(JSON.stringify({ ...frame, request_id: requestId }));
    });
  }
  async act(frame) {
    if (!this.ready && this.#socket) await this.#connected();
    return this.request(frame);
  }
  #connected() {
    return new Promise((resolve) => {
      for (const type of ["up", "down", "stopped"]) this.addEventListener(type, resolve, { once: true });
    });
  }
  send(frame) {
    if (this.ready) this.#socket?.send(JSON.stringify(frame));
  }
  #receive(socket2, frame) {
    if (socket2 !== this.#socket) return;
    clearTimeout(this.#probe);
    if (this.#doubtful) this.dispatchEvent(new Event("alive"));
    this.#doubtful = false;
    if (frame.type === FrameType.WELCOME) {
      if (frame.user_id !== this.#userId) return this.#lost(socket2, CloseCode.NOT_AUTHENTICATED);
      this.ready = true;
      this.#attempt = 0;
      if (frame.heartbeat_interval) this.#quiet = frame.heartbeat_interval * 1500;
      this.dispatchEvent(new Event("up"));
    }
    this.#watchSilence();
    this.#settle(frame);
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }
  #settle(frame) {
    const waiting = this.#waiting.get(frame.request_id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(frame.request_id);
    if (frame.type === FrameType.ERROR) waiting.reject(new RequestError(frame.code, frame.detail, frame.retry_after));
    else waiting.resolve(frame);
  }
  #watchSilence() {
    clearTimeout(this.#watch);
    const looking = document.visibilityState === "visible";
    this.#watch = setTimeout(() => this.#ping(), looking ? QUIET : this.#quiet);
  }
  #ping() {
    const socket2 = this.#socket;
    if (!socket2) return;
    if (socket2.readyState > WebSocket.OPEN) return this.#lost(socket2, 0);
    clearTimeout(this.#probe);
    this.#probe = setTimeout(() => this.#reportDoubt(socket2), DOUBTFUL);
    socket2.send(JSON.stringify({ action: Action.PING }));
  }
  #reportDoubt(socket2) {
    this.#doubtful = true;
    this.dispatchEvent(new Event("doubtful"));
    this.#probe = setTimeout(() => this.#lost(socket2, 0), DEAD);
  }
  #lost(socket2, code) {
    if (socket2 !== this.#socket) return;
    socket2.onmessage = socket2.onclose = null;
    socket2.close();
    this.#socket = null;
    this.ready = this.#doubtful = false;
    clearTimeout(this.#watch);
    clearTimeout(this.#probe);
    for (const { reject, timer: timer2 } of this.#waiting.values()) {
      clearTimeout(timer2);
      reject(new RequestError("connection", gettext("The connection was lost.")));
    }
    this.#waiting.clear();
    if (code === CloseCode.NOT_AUTHENTICATED || code === CloseCode.DISCONNECTED) {
      this.#stopped = true;
      this.dispatchEvent(new CustomEvent("stopped", { detail: { code } }));
    } else {
      this.#reconnectLater(code);
    }
  }
  #reconnectLater(code) {
    const crowded = code === CloseCode.TOO_MANY_CONNECTIONS || code === CloseCode.TOO_MANY_VIOLATIONS;
    const limit = this.#attempt < RESTART_ATTEMPTS ? MAX_RESTART_DELAY : MAX_DELAY;
    const full = crowded ? CROWDED_DELAY : Math.min(limit, FIRST_DELAY * 1.8 ** this.#attempt++);
    const delay = full * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.connect(), delay);
    this.dispatchEvent(new CustomEvent("down", { detail: { retryAt: performance.now() + delay } }));
  }
};
/*! js/card.js 41aa371e050b8708 */
var { userId, invitations } = document.getElementById("said").dataset;
var socket = new Socket("/ws/", Number(userId));
var known = Number(invitations);
socket.addEventListener("up", () => {
  socket.request({ action: Action.WATCH, lobby: false }).catch(() => {
  });
});
socket.addEventListener("frame", ({ detail }) => {
  if (detail.type !== FrameType.UNREAD || detail.invitations === void 0) return;
  const news = detail.invitations - known;
  known = detail.invitations;
  if (news > 0 || document.querySelector(".invited-card")) showInvitations(Math.max(0, news));
});
socket.connect();
