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
async function postForm(form, submitter) {
  const body = new FormData(form, submitter);
  body.delete("csrfmiddlewaretoken");
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  return ask(address, { method: "POST", headers, body, redirect: "error" });
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
/*! js/acting.js b66c74094cecf096 */
var element = (id2) => document.getElementById(id2);
var dialog = element("confirm");
var confirmed = null;
function attachForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const { submitter } = event;
    if (submitter?.dataset.confirm && submitter !== confirmed) {
      event.preventDefault();
      confirmFirst(form, submitter);
    } else if (form.matches("[data-live]") && !submitter?.hasAttribute("data-leads-on")) {
      event.preventDefault();
      submit(form, submitter);
    }
    confirmed = null;
  });
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.form?.matches("[data-live]")) showFieldError(field, "");
  });
}
function confirmFirst(form, button) {
  const name = form.closest("[data-user]")?.querySelector(":is(.member-name, .person-name) bdi").textContent ?? "";
  element("confirm-question").textContent = button.dataset.confirm.replace("{name}", name);
  element("confirm-more").textContent = button.dataset.confirmMore ?? "";
  element("confirm-yes").textContent = button.dataset.confirmYes;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes" || !button.isConnected) return;
    confirmed = button;
    form.requestSubmit(button);
  };
  dialog.showModal();
}
async function submit(form, submitter) {
  if (form.ariaBusy === "true") return;
  const field = form.querySelector("input:not([type=hidden])");
  form.ariaBusy = "true";
  try {
    const { detail } = await postForm(form, submitter);
    if (field) field.value = "";
    if (detail) showToast(detail);
    form.closest("details")?.removeAttribute("open");
    form.dispatchEvent(new Event("acted", { bubbles: true }));
  } catch (error) {
    const { status, message } = error;
    if (field && status) showFieldError(field, message);
    else showToast(message);
  } finally {
    form.ariaBusy = null;
  }
}
function showFieldError(field, sentence) {
  const line2 = field.form?.querySelector(".field-error");
  if (!line2 || !sentence && line2.hidden) return;
  line2.textContent = sentence;
  line2.hidden = !sentence;
  if (sentence) {
    field.setAttribute("aria-describedby", line2.id);
    field.ariaInvalid = "true";
    field.focus();
  } else {
    field.removeAttribute("aria-describedby");
    field.ariaInvalid = null;
  }
}
/*! js/app.js 8fbcfdd7f2bc0d8d */
async function registerWorker() {
  await navigator.serviceWorker.register("/sw.js");
  return navigator.serviceWorker.ready;
}
async function closeRead(isRead) {
  if (globalThis.Notification?.permission !== "granted") return;
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const shown of await registration?.getNotifications() ?? []) if (shown.data?.room && isRead(shown.data.room)) shown.
  close();
}
function keepWorker() {
  if ("serviceWorker" in navigator) addEventListener("load", () => registerWorker().catch(() => {
  }));
}
/*! js/focus.js f9a75776c77796f0 */
var FOCUSABLE = "a[href], button, input, textarea, select, summary, [tabindex]";
var trail = [];
function attachFocus() {
  document.addEventListener("focusin", ({ target }) => trail = trailOf(target));
  document.addEventListener("focusout", ({ relatedTarget }) => relatedTarget || setTimeout(restoreFocus));
  const changes = { subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "open"] };
  new MutationObserver(() => setTimeout(restoreFocus)).observe(document.body, changes);
}
function trailOf(element2) {
  const steps = [];
  for (let each = element2; each && each !== document.body; each = each.parentElement) {
    steps.push({ node: each, next: each.nextElementSibling, previous: each.previousElementSibling });
  }
  return steps;
}
function restoreFocus() {
  const active = document.activeElement;
  if (!trail.length || active && active !== document.body && takesFocus(active) || takesFocus(trail[0].node)) return;
  const successor = findSuccessor();
  trail = [];
  successor?.focus({ preventScroll: true });
}
function findSuccessor() {
  for (const { node, next, previous } of trail) {
    if (node.isConnected && node.matches("main, nav, aside")) break;
    const near = node.isConnected ? firstIn(node) : firstIn(next) ?? firstIn(previous);
    if (near) return near;
  }
  const composer = document.querySelector("#composer textarea");
  return [composer, document.getElementById("scroller"), document.getElementById("main")].find(takesFocus);
}
function firstIn(element2) {
  if (!element2?.isConnected) return void 0;
  return [element2, ...element2.querySelectorAll(FOCUSABLE)].find(takesFocus);
}
function takesFocus(element2) {
  if (!element2?.isConnected || !element2.matches(FOCUSABLE)) return false;
  return !element2.disabled && element2.checkVisibility();
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
/*! js/idle.js f0156eb6b1cf2bfb */
var IDLE = 6e5;
function watchActivity(socket2) {
  let last = Date.now();
  let idle = false;
  const tell = () => socket2.send({ action: Action.SET_IDLE, idle });
  function look() {
    const left = last + IDLE - Date.now();
    if (left > 0) {
      setTimeout(look, left);
    } else {
      idle = true;
      tell();
    }
  }
  function note() {
    last = Date.now();
    if (!idle) return;
    idle = false;
    tell();
    look();
  }
  for (const type of ["keydown", "pointerdown", "pointermove", "touchstart", "wheel"]) addEventListener(type, note, { capture: true,
  passive: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && note());
  socket2.addEventListener("up", () => idle && tell());
  look();
}
/*! js/storage.js 7ea12fb0b9ecfaf6 */
var ALL = "parlor:";
var SIGNED_OUT2 = `${ALL}signed-out`;
var memory = /* @__PURE__ */ new Map();
var sealed = false;
addEventListener("storage", ({ key }) => memory.delete(key));
function read(key) {
  if (memory.has(key)) return memory.get(key);
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
function write(key, text) {
  try {
    if (sealed) throw new Error("signed out");
    localStorage.setItem(key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text);
  }
}
function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
  }
}
function keys(prefix2) {
  const all = new Set(memory.keys());
  try {
    for (let index = 0; index < localStorage.length; index++) all.add(localStorage.key(index));
  } catch {
  }
  return [...all].filter((key) => key.startsWith(prefix2));
}
function onChange(callback) {
  addEventListener("storage", ({ key }) => key !== null && callback(key));
}
function clearAll() {
  seal();
  for (const key of keys(ALL)) remove(key);
  try {
    localStorage.setItem(SIGNED_OUT2, String(Date.now()));
    localStorage.removeItem(SIGNED_OUT2);
  } catch {
  }
}
function onCleared(callback) {
  onChange((key) => {
    if (key !== SIGNED_OUT2 || sealed) return;
    seal();
    callback();
  });
}
function clearOthers(userId2) {
  for (const key of keys(ALL)) if (key.split(":")[2] !== `#${userId2}`) remove(key);
}
function seal() {
  sealed = true;
  memory.clear();
  for (const key of tab.keys(ALL)) tab.write(key, null);
}
var tab = { read(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}, keys(prefix2) {
  try {
    return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix2));
  } catch {
    return [];
  }
}, write(key, text) {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else if (!sealed) sessionStorage.setItem(key, text);
  } catch {
  }
} };
function prefix(kind, userId2) {
  return `parlor:${kind}:#${userId2}:`;
}
function migrate(userName, userId2) {
  for (const kind of ["draft", "outbox"]) {
    const before = `parlor:${kind}:${userName}:`;
    for (const key of keys(before)) {
      write(prefix(kind, userId2) + key.slice(before.length), read(key) ?? "");
      remove(key);
    }
  }
}
/*! js/drafts.js 7fb2221282ca55bb */
var EMPTY = Object.freeze({ content: "", reply: null, files: [] });
function fileKeys(userId2) {
  const drafts = keys(prefix("draft", userId2)).map(parse);
  return drafts.flatMap((draft) => (draft?.files ?? []).map((file) => file.key));
}
function parse(key) {
  try {
    return JSON.parse(read(key));
  } catch {
    return null;
  }
}
/*! js/file_store.js e35a64017afaf5b0 */
var NAME = "parlor-files";
var STORE = "files";
var memory2 = /* @__PURE__ */ new Map();
var sealed2 = false;
var opened = null;
function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}
async function inStore(mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}
async function drop(key) {
  memory2.delete(key);
  await inStore("readwrite", (store) => store.delete(key)).catch(() => void 0);
}
async function keepOnly(wanted) {
  const all = await inStore("readonly", (store) => store.getAllKeys()).catch(() => []);
  const keys2 = wanted();
  await Promise.all(all.map(String).map((key) => keys2.includes(key) || drop(key)));
}
async function clear() {
  sealed2 = true;
  memory2.clear();
  await inStore("readwrite", (store) => store.clear()).catch(() => void 0);
}
/*! js/leaving.js 182a4fabafa30826 */
var CLEARING = 2e3;
function attachSignOut(userId2, socket2) {
  clearOthers(userId2);
  keepOnly(() => fileKeys(userId2));
  addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-leaves]")) return;
    event.preventDefault();
    clearAll();
    navigator.clearAppBadge?.().catch(() => {
    });
    Promise.race([clear(), new Promise((resolve) => setTimeout(resolve, CLEARING))]).then(() => form.submit());
  });
  onCleared(() => {
    clear();
    socket2.addEventListener("stopped", () => location.reload());
  });
}
/*! js/ids.js 22806c3633f33208 */
function newClientId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
/*! js/outbox.js ac555443d42b75fb */
var RETRY_DELAY = 2e3;
var TRANSIENT = /* @__PURE__ */ new Set(["connection", ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE]);
var Outbox = class extends EventTarget {
  #socket;
  #prefix;
  #sending = false;
  constructor(socket2, userId2) {
    super();
    this.#socket = socket2;
    this.#prefix = prefix("outbox", userId2);
    socket2.addEventListener("up", () => this.flush());
    addEventListener("storage", ({ key, newValue }) => {
      if (newValue !== null || !key?.startsWith(this.#prefix)) return;
      remove(key);
      this.#emit("gone", { clientId: key.slice(this.#prefix.length) });
    });
  }
  items() {
    return keys(this.#prefix).map((key) => read(key)).filter(Boolean).map((text) => JSON.parse(text)).sort((one, other) => one.
    at - other.at);
  }
  add(roomName, content, { replyTo, attachments = [] } = {}) {
    const after = this.items().at(-1)?.at ?? 0;
    const item = { client_id: newClientId(), room_name: roomName, content, reply_to: replyTo, attachments, at: Math.max(
    Date.now(), after + 1) };
    this.#store(item);
    this.flush();
    return item;
  }
  retry(clientId) {
    const item = this.#item(clientId);
    if (!item) return;
    delete item.failed;
    this.#store(item);
    this.flush();
  }
  holds(clientId) {
    return Boolean(this.#item(clientId));
  }
  change(clientId, content) {
    const item = this.#item(clientId);
    if (!item) return false;
    if (item.tried && !item.failed) item.edited = content;
    else item.content = content;
    delete item.failed;
    this.#store(item);
    this.flush();
    return true;
  }
  discard(clientId) {
    remove(this.#prefix + clientId);
  }
  async flush() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let item = this.#next(); item && this.#socket.ready; item = this.#next()) await this.#send(item);
    } finally {
      this.#sending = false;
    }
  }
  #item(clientId) {
    return this.items().find((each) => each.client_id === clientId);
  }
  #next() {
    return this.items().find((item) => !item.failed);
  }
  async #send(item) {
    try {
      const { client_id, room_name, content, reply_to, attachments } = item;
      const attachment_ids = attachments?.length ? attachments.map(({ id: id2 }) => id2) : void 0;
      this.#store({ ...item, tried: true });
      const message = { room_name, content, client_id, reply_to, attachment_ids };
      const ack = await this.#socket.request({ action: Action.SEND_MESSAGE, ...message });
      await this.#applyEdits(client_id, ack);
      this.discard(client_id);
      this.#emit("sent", { item, ack });
    } catch (error) {
      const { code, message, retryAfter } = error;
      if (TRANSIENT.has(code)) {
        await new Promise((resolve) => setTimeout(resolve, retryAfter ? retryAfter * 1e3 : this.#socket.ready ? RETRY_DELAY :
        0));
      } else {
        const current = this.#item(item.client_id) ?? item;
        current.failed = message.replace(/^attachment_ids: /, "");
        if (current.edited !== void 0) current.content = current.edited;
        delete current.edited;
        this.#store(current);
        this.#emit("failed", { item: current });
      }
    }
  }
  async #applyEdits(clientId, ack) {
    for (let item = this.#item(clientId); item?.edited !== void 0; item = this.#item(clientId)) {
      const { room_name, edited: content } = item;
      try {
        ack.version = (await this.#socket.request({ action: Action.EDIT_MESSAGE, room_name, seq: ack.seq, content })).version;
      } catch (error) {
        if (TRANSIENT.has(error.code)) throw error;
        this.#emit("unsaved", { item, ack, error });
      }
      const current = this.#item(clientId);
      if (current?.edited === content) this.#store({ ...current, content, edited: void 0 });
    }
  }
  #store(item) {
    write(this.#prefix + item.client_id, JSON.stringify(item));
  }
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
};
/*! js/lazy.js 97cb121f461717ca */
async function loadScript(id2) {
  try {
    return await import(document.getElementById(id2).dataset.script);
  } catch {
    showToast(gettext("Can't reach the server. Try again in a moment."));
    return null;
  }
}
/*! js/matching.js fc5535013bd0efce */
function matchRank(text, name) {
  const wanted = fold(text);
  const given = fold(name);
  if (given === wanted) return 0;
  if (given.startsWith(wanted)) return 1;
  if (given.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted))) return 2;
  if (given.includes(wanted)) return 3;
  if (wanted.length > 2 && [-1, 0, 1].some((more) => differByOne(wanted, given.slice(0, wanted.length + more)))) return 4;
  if (wanted.length > 1 && isSubsequence(wanted, given)) return 5;
  return Infinity;
}
function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/^[#@]/, "");
}
function differByOne(one, other) {
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const [restOfOne, restOfOther] = [one.slice(start), other.slice(start)];
  return restOfOne.slice(1) === restOfOther || restOfOne === restOfOther.slice(1) || restOfOne.slice(1) === restOfOther.
  slice(1) || restOfOne.slice(2) === restOfOther.slice(2) && restOfOne[0] === restOfOther[1] && restOfOne[1] === restOfOther[0];
}
function isSubsequence(wanted, given) {
  let at = 0;
  for (const letter of wanted) {
    at = given.indexOf(letter, at) + 1;
    if (!at) return false;
  }
  return true;
}
/*! js/sidebar.js ec5f56c408a7f9fb */
var KEY = "parlor:sidebar-place";
var CONTAINED = 3;
function keepPlace() {
  const list = document.getElementById("sidebar-scroll");
  const restore = () => {
    list.scrollTop = Number(tab.read(KEY));
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  };
  restore();
  addEventListener("pagehide", () => list.clientHeight && tab.write(KEY, String(list.scrollTop)));
  document.getElementById("sidebar").addEventListener("toggle", restore);
}
function attachFilter() {
  const field = document.getElementById("sidebar-filter");
  if (!field) return;
  const rooms = () => [...document.querySelectorAll("#sidebar .sidebar-room")];
  const filter = () => {
    const words = field.value.trim();
    document.getElementById("sidebar").toggleAttribute("data-filtered", Boolean(words));
    for (const room of rooms()) room.hidden = Boolean(words) && matchRank(words, room.querySelector("bdi").textContent) >
    CONTAINED;
    document.getElementById("sidebar-filter-none").textContent = rooms().every((room) => room.hidden) ? gettext("No resu\
lts") : "";
  };
  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") rooms().find((room) => !room.hidden)?.querySelector("a").click();
    if (event.key !== "Escape" || !field.value) return;
    event.preventDefault();
    field.value = "";
    filter();
  });
}
function attachSections() {
  const sidebar = document.getElementById("sidebar");
  sidebar.addEventListener("click", async (event) => {
    const button = event.target.closest("[form=sidebar-collapse]");
    if (!button) return;
    event.preventDefault();
    const section = button.closest(".sidebar-section");
    const collapsed = !section.hasAttribute("data-collapsed");
    collapse(section, collapsed);
    try {
      await callApi("PATCH", `sections/${section.dataset.section}/`, { collapsed });
    } catch (error) {
      collapse(section, !collapsed);
      showToast(error.message);
    }
  });
  let dragged = null;
  sidebar.addEventListener("dragstart", async ({ target }) => {
    const room = dragged = target.closest?.(".sidebar-room");
    if (!room) return;
    const script = await loadScript("sidebar-sections");
    if (room === dragged) script?.dragRoom(room);
  });
  sidebar.addEventListener("dragend", () => dragged = null);
}
function collapse(section, collapsed) {
  section.toggleAttribute("data-collapsed", collapsed);
  section.querySelector("button").ariaExpanded = String(!collapsed);
}
/*! js/times.js f010d36fa53fd80e */
var clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "numeric", minute: "2-digit" });
var full = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "short" });
var dayAndTime = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
var weekdayAndTime = new Intl.DateTimeFormat(LANGUAGE, { weekday: "short", hour: "numeric", minute: "2-digit" });
var day = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
function showMoment(element2, moment) {
  element2.textContent = momentText(moment);
  element2.title = full.format(moment);
}
function momentText(moment) {
  return dayAndTime.format(moment);
}
/*! js/signs.js 45e86e99b72a1539 */
var LONGEST = 24 * 36e5;
var timer2 = 0;
function attachSigns(socket2) {
  socket2.addEventListener("frame", ({ detail }) => {
    if (detail.type === FrameType.STATUS) show(detail);
  });
  refreshSigns();
}
function refreshSigns() {
  clearTimeout(timer2);
  let next = Infinity;
  for (const sign of document.querySelectorAll(".signs > [data-until]")) {
    const until = new Date(sign.dataset.until);
    const left = until.getTime() - Date.now();
    if (left <= 0) {
      sign.remove();
      continue;
    }
    next = Math.min(next, left);
    sign.title = sign.ariaLabel = interpolate(gettext("%(status)s, until %(time)s"), { status: sign.dataset.said, time: momentText(
    until) });
  }
  if (next < Infinity) timer2 = setTimeout(refreshSigns, Math.min(next + 1, LONGEST));
}
function show({ user_id: userId2, status, quiet_until: quietUntil }) {
  for (const holder of document.querySelectorAll(`.signs[data-signs-of="${userId2}"]`)) {
    holder.replaceChildren();
    if (status) holder.append(makeSign("sign-status", status.text || status.emoji, status.until, status.emoji || "\u{1F4AC}"));
    const moon = document.querySelector("#dnd svg").cloneNode(true);
    if (quietUntil) holder.append(makeSign("sign-quiet", gettext("Do not disturb"), quietUntil, moon));
  }
  refreshSigns();
}
function makeSign(className, said, until, shown) {
  const sign = document.createElement("span");
  Object.assign(sign, { className, role: "img", title: said, ariaLabel: said });
  sign.dataset.said = said;
  if (until) sign.dataset.until = until;
  sign.append(shown);
  return sign;
}
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
      const timer3 = setTimeout(() => {
        this.#waiting.delete(requestId);
        reject(new RequestError("connection", gettext("The server did not respond.")));
      }, ANSWER_TIMEOUT);
      this.#waiting.set(requestId, { resolve, reject, timer: timer3 });
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
    for (const { reject, timer: timer3 } of this.#waiting.values()) {
      clearTimeout(timer3);
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
    const full2 = crowded ? CROWDED_DELAY : Math.min(limit, FIRST_DELAY * 1.8 ** this.#attempt++);
    const delay = full2 * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.connect(), delay);
    this.dispatchEvent(new CustomEvent("down", { detail: { retryAt: performance.now() + delay } }));
  }
};
/*! js/keys.js c88d0dbed5093801 */
function latinKey({ key, code }) {
  return /^[^\x00-\x7f]$/.test(key) && code.startsWith("Key") ? code.slice(3).toLowerCase() : key.toLowerCase();
}
/*! js/switcher.js 977b3f3d32a283a8 */
var SHOWN = 8;
var REMEMBERED = 30;
var PEOPLE_DELAY = 150;
var Switcher = class {
  #dialog;
  #box;
  #list;
  #status;
  #recentKey;
  #open;
  #choices = [];
  #people = [];
  #chosen = 0;
  #timer = 0;
  #asked = 0;
  constructor(userId2, open2 = "") {
    this.#dialog = document.getElementById("switcher");
    this.#box = this.#dialog.querySelector("input");
    this.#list = this.#dialog.querySelector("[role=listbox]");
    this.#status = this.#dialog.querySelector("[role=status]");
    this.#recentKey = prefix("recent", userId2);
    this.#open = open2;
    if (open2) this.#remember(open2);
    addEventListener("keydown", (event) => this.#shortcut(event));
    document.getElementById("switcher-open").addEventListener("click", (event) => {
      event.preventDefault();
      this.show();
    });
    this.#box.addEventListener("input", () => this.#type());
    this.#box.addEventListener("keydown", (event) => this.#handleKey(event));
    this.#dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(this.#choices[this.#chosen]);
    });
    this.#list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.#go(this.#choices[Number(option.dataset.index)]);
    });
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.#dialog.hidePopover());
  }
  show() {
    this.#box.value = "";
    this.#people = [];
    this.#find();
    this.#dialog.showPopover();
  }
  get #isOpen() {
    return this.#dialog.matches(":popover-open");
  }
  #shortcut(event) {
    if (event.key === "Tab" && this.#isOpen) {
      event.preventDefault();
      this.#dialog.hidePopover();
    }
    if (latinKey(event) !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (this.#isOpen) this.#dialog.hidePopover();
    else if (!document.querySelector("dialog[open]")) this.show();
  }
  #type() {
    this.#find();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#findPeople(), PEOPLE_DELAY);
  }
  #find() {
    const text = this.#box.value.trim();
    const recent = this.#recent();
    const rooms = [...document.querySelectorAll("#sidebar .sidebar-room[data-room]")].filter(({ dataset }) => dataset.room &&
    dataset.room !== this.#open).map((row) => roomChoice(row, text, recent));
    this.#choices = [rooms, this.#people].flatMap((some) => some.filter(({ rank }) => rank < Infinity).sort((one, other) => one.
    rank - other.rank)).slice(0, SHOWN);
    if (text) {
      this.#choices.push({ key: "search", title: interpolate(gettext("Search messages for \u201C%(text)s\u201D"), { text }),
      note: "", rank: 0, href: `/search/?${new URLSearchParams({ q: text, tz: Intl.DateTimeFormat().resolvedOptions().timeZone })}` });
    }
    this.#chosen = 0;
    this.#render();
  }
  async #findPeople() {
    const text = this.#box.value.trim();
    const asked = ++this.#asked;
    if (!text) return;
    try {
      const { results } = await callApi("GET", `people/?search=${encodeURIComponent(text)}&limit=${SHOWN}`);
      if (asked !== this.#asked || text !== this.#box.value.trim()) return;
      this.#people = results.map(personChoice(text));
      this.#find();
    } catch {
    }
  }
  #render() {
    this.#list.replaceChildren(...this.#choices.map(({ title, note }, index) => {
      const option = document.createElement("li");
      option.id = `switcher-${index}`;
      option.role = "option";
      option.dataset.index = String(index);
      option.ariaSelected = String(index === this.#chosen);
      const name = document.createElement("bdi");
      name.textContent = title;
      const about = document.createElement("span");
      about.className = "switcher-note";
      about.dir = "auto";
      about.textContent = note;
      option.append(name, about);
      return option;
    }));
    this.#box.setAttribute("aria-activedescendant", this.#choices.length ? `switcher-${this.#chosen}` : "");
    this.#status.textContent = interpolate(ngettext("%(count)s result", "%(count)s results", this.#choices.length), { count: this.#choices.
    length });
    this.#list.children[this.#chosen]?.scrollIntoView({ block: "nearest" });
  }
  #handleKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !this.#choices.length) return;
    event.preventDefault();
    this.#chosen = (this.#chosen + step + this.#choices.length) % this.#choices.length;
    this.#render();
  }
  async #go(choice) {
    if (!choice) return;
    if (choice.href) return location.assign(choice.href);
    try {
      const room = await callApi("POST", "rooms/", { kind: "direct", user_names: [choice.userName] });
      location.assign(`/rooms/${encodeURIComponent(room.name)}/`);
    } catch (error) {
      this.#dialog.hidePopover();
      showToast(error.message);
    }
  }
  #recent() {
    try {
      return JSON.parse(read(this.#recentKey)) ?? [];
    } catch {
      return [];
    }
  }
  #remember(name) {
    const names = [name, ...this.#recent().filter((each) => each !== name)].slice(0, REMEMBERED);
    write(this.#recentKey, JSON.stringify(names));
  }
};
function roomChoice(row, text, recent) {
  const name = row.dataset.room;
  const title = row.querySelector("bdi").textContent;
  const at = recent.indexOf(name);
  const place2 = at < 0 ? recent.length : at;
  const unread3 = Number(row.dataset.unread);
  const address = title === name || row.dataset.direct !== void 0 ? "" : `#${name}`;
  return { key: `room:${name}`, title, note: unread3 ? interpolate(ngettext("%(count)s unread", "%(count)s unread", unread3),
  { count: unread3 }) : address, rank: text ? Math.min(matchRank(text, title), matchRank(text, name)) + place2 / 1e3 : place2,
  href: row.querySelector("a").getAttribute("href") ?? "" };
}
function personChoice(text) {
  return ({ user_name, display_name }) => ({ key: `person:${user_name}`, title: display_name, note: `@${user_name}`, rank: Math.
  min(matchRank(text, display_name), matchRank(text, user_name), 6), userName: user_name });
}
/*! js/theme.js e4c34e77dbbbf71f */
var YEAR = 31536e3;
document.getElementById("theme").addEventListener("change", ({ target }) => {
  const chosen = target.value;
  document.cookie = `theme=${chosen}; path=/; max-age=${chosen ? YEAR : 0}; samesite=lax`;
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
});
/*! js/avatar.js f65e4a11bc25e694 */
var COLOURS = 12;
function initials(name) {
  const words = name.split(/[ ._-]+/u).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
}
function colourClass({ user_id, user_name }) {
  if (user_id) return `avatar-${user_id % COLOURS}`;
  let number = 0;
  for (const letter of user_name) number = Math.imul(number, 31) + Number(letter.codePointAt(0)) >>> 0;
  return `avatar-${number % COLOURS}`;
}
function showAvatar(element2, { user_id, user_name, display_name, avatar }) {
  const colours = [...element2.classList].filter((name) => /^avatar-\d/.test(name));
  element2.classList.remove(...colours);
  element2.classList.add(colourClass({ user_id, user_name }));
  if (!avatar) {
    element2.textContent = initials(display_name);
    return;
  }
  const picture = document.createElement("img");
  const attributes = { loading: "lazy", src: avatar, alt: "", width: 36, height: 36 };
  for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, String(value));
  element2.replaceChildren(picture);
}
/*! js/presence.js b1754b57d2763051 */
function presenceWord(dataset) {
  if (!("online" in dataset)) return "";
  return "away" in dataset ? gettext("away") : gettext("online");
}
/*! js/title.js dd1c8eb958b537a9 */
var icon = document.getElementById("icon");
var plainIcon = icon.href;
var place = document.title;
var unread = 0;
function setUnread(count) {
  unread = count;
  show2();
}
function show2() {
  document.title = unread ? `(${unread > 99 ? "99+" : unread}) ${place}` : place;
  const wanted = unread ? new URL(icon.dataset.unread, location.href).href : plainIcon;
  if (icon.href !== wanted) icon.href = wanted;
}
/*! js/unread.js ff58601a9b58980e */
var RETRY_DELAY2 = 5e3;
var DAY = 864e5;
var Unread = class extends EventTarget {
  #socket;
  #open;
  #lobby;
  #invitations = document.getElementById("sidebar-invitations");
  #reminders = document.getElementById("sidebar-reminders");
  #notifications = document.getElementById("sidebar-notifications");
  #rooms = document.getElementById("sidebar-rooms");
  #direct = document.getElementById("sidebar-direct");
  #favourites = document.getElementById("sidebar-favourites");
  #sections = document.getElementById("sidebar-sections");
  #sectionTemplate = document.getElementById("sidebar-section-template");
  #template = document.getElementById("sidebar-room-template");
  #entries = /* @__PURE__ */ new Map();
  #contacts;
  constructor(socket2, { open: open2 = void 0, lobby = false } = {}) {
    super();
    this.#socket = socket2;
    this.#open = open2;
    this.#lobby = lobby;
    for (const entry of document.querySelectorAll(".sidebar-room")) this.#entries.set(entry.dataset.room, entry);
    socket2.addEventListener("up", () => this.#watch());
    socket2.addEventListener("frame", ({ detail }) => this.#receive(detail));
    document.addEventListener("visibilitychange", () => this.#showCounts());
    for (const name of ["focus", "blur"]) addEventListener(name, () => this.#showCounts());
    this.#showCounts();
  }
  async #watch() {
    try {
      await this.#socket.request({ action: Action.WATCH, lobby: this.#lobby });
    } catch {
      setTimeout(() => this.#socket.ready && this.#watch(), RETRY_DELAY2);
    }
  }
  #receive(frame) {
    if (frame.type === FrameType.UNREAD) {
      const before = this.#listed;
      if (frame.sections) this.#showSections(frame.sections);
      if (frame.all) this.#keepOnly(new Set(frame.rooms.map((room) => room.room_name)));
      frame.rooms.forEach((room) => this.#put(room));
      frame.gone?.forEach((name) => this.#drop(name));
      this.#contacts = frame.contacts ?? this.#contacts;
      this.#showPresence();
      if (frame.invitations !== void 0) this.#invite(frame.invitations);
      if (frame.reminders !== void 0) this.#showReminders(frame.reminders);
      if (frame.notifications !== void 0) this.#showNotifications(frame.notifications);
      if (frame.scheduled !== void 0) this.#showIfAny("scheduled", frame.scheduled);
      if (frame.reports !== void 0) this.#showIfAny("reports", frame.reports);
      if (frame.open_tasks !== void 0) this.#showTasks(frame.open_tasks);
      if (frame.dnd_until !== void 0) showDoNotDisturb(frame.dnd_until);
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
  get #listed() {
    return JSON.stringify([[...this.#entries.keys()].sort(), document.getElementById("sidebar-invitation-count").textContent]);
  }
  async #invite(count) {
    const shown = document.getElementById("sidebar-invitation-count");
    const before = Number(shown.textContent);
    this.#invitations.hidden = count === 0;
    shown.textContent = String(count);
    if (count > before || count < before && document.querySelector(".invited-card")) (await loadScript("sidebar-invitati\
ons"))?.showInvitations(Math.max(0, count - before));
  }
  #showReminders(count) {
    this.#reminders.hidden = count === 0;
    document.getElementById("sidebar-reminder-count").textContent = String(count);
  }
  #showIfAny(what, count) {
    const entry = document.getElementById(`sidebar-${what}`);
    if (!entry) return;
    entry.hidden = !count && !entry.querySelector("[aria-current]");
    entry.querySelector(".sidebar-count").textContent = count ? String(count) : "";
  }
  #showTasks(count) {
    document.getElementById("sidebar-tasks").hidden = count === 0;
    document.getElementById("sidebar-task-count").textContent = String(count);
  }
  #showNotifications(count) {
    this.#notifications.hidden = count === 0;
    document.getElementById("sidebar-notification-count").textContent = count < 100 ? String(count) : "99+";
    navigator.setAppBadge?.(count).catch(() => {
    });
  }
  #showPresence() {
    if (!this.#contacts) return;
    const { online, away } = this.#contacts;
    for (const entry of this.#entries.values()) {
      const id2 = Number(entry.dataset.userId);
      entry.toggleAttribute("data-online", online.includes(id2));
      entry.toggleAttribute("data-away", away.includes(id2));
      entry.querySelector(".sidebar-presence").textContent = presenceWord(entry.dataset);
    }
  }
  #keepOnly(names) {
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#drop(name);
  }
  #drop(name) {
    this.#entries.get(name)?.remove();
    this.#entries.delete(name);
  }
  #put(room) {
    const known = this.#entries.get(room.room_name);
    const entry = known ?? this.#make(room);
    const newer = room.last_seq > Number(entry.dataset.last ?? -1);
    Object.assign(entry.dataset, { unread: room.unread, mentions: room.mentions, last: room.last_seq });
    entry.querySelector("bdi").textContent = room.title;
    this.#showMark(entry, room);
    const silent = room.level === "nothing";
    this.#showSilent(entry, silent);
    if (room.room_name === this.#open) document.getElementById("room-notifications-open")?.classList.toggle("bar-silent",
    silent);
    entry.toggleAttribute("data-direct", room.kind === "direct");
    const wasMuted = entry.classList.contains("sidebar-muted");
    entry.classList.toggle("sidebar-muted", Boolean(room.muted));
    const list = room.favourite ? this.#favourites : document.getElementById(`sidebar-section-${room.section}`) ?? this.#usualList(
    entry);
    if (entry.parentElement !== list || wasMuted !== Boolean(room.muted) || newer && list === this.#direct) this.#place(
    entry, list);
  }
  #usualList(entry) {
    return entry.hasAttribute("data-direct") ? this.#direct : this.#rooms;
  }
  #showSections(sections) {
    const gone = /* @__PURE__ */ new Set([...this.#sections.children]);
    sections.forEach(({ id: id2, name, collapsed }, place2) => {
      const list = document.getElementById(`sidebar-section-${id2}`);
      const section = list?.parentElement ?? this.#makeSection(id2);
      gone.delete(section);
      section.querySelector("bdi").textContent = name;
      section.querySelector("ul").ariaLabel = name;
      collapse(section, collapsed);
      const next = this.#sections.children[place2];
      if (next !== section) this.#sections.insertBefore(section, next ?? null);
    });
    for (const section of gone) {
      for (const entry of section.querySelectorAll(".sidebar-room")) this.#place(entry, this.#usualList(entry));
      section.remove();
    }
  }
  #makeSection(id2) {
    const section = this.#sectionTemplate.content.firstElementChild.cloneNode(true);
    section.dataset.section = String(id2);
    section.querySelector("ul").id = `sidebar-section-${id2}`;
    return section;
  }
  #make({ room_name }) {
    const entry = this.#template.content.firstElementChild.cloneNode(true);
    entry.dataset.room = room_name;
    entry.querySelector("a").href = `/rooms/${encodeURIComponent(room_name)}/`;
    if (room_name === this.#open) entry.querySelector("a").ariaCurrent = "page";
    this.#entries.set(room_name, entry);
    return entry;
  }
  #showMark(entry, { kind, title, avatar, user_id: id2, others }) {
    if (id2) entry.dataset.userId = String(id2);
    else delete entry.dataset.userId;
    const mark = entry.querySelector(".sidebar-mark");
    const sign = others ? Object.assign(document.createElement("span"), { className: "avatar", textContent: others }) : this.#template.
    content.querySelector(`[data-kind="${kind}"]`).cloneNode(true);
    if (id2) showAvatar(sign, { user_id: id2, user_name: "", display_name: title, avatar });
    const looks = (shown) => shown && [shown.getAttribute("class"), shown.textContent.trim(), shown.querySelector("img")?.
    src].join();
    if (mark.children.length !== 1 || looks(mark.firstElementChild) !== looks(sign)) mark.replaceChildren(sign);
  }
  #showSilent(entry, silent) {
    const sign = entry.querySelector(".sidebar-silent");
    if (silent && !sign) entry.querySelector(".sidebar-count").before(this.#template.content.querySelector(".sidebar-sil\
ent").cloneNode(true));
    else if (!silent) sign?.remove();
  }
  #place(entry, list) {
    const muted = (one) => Number(one.classList.contains("sidebar-muted"));
    const name = (one) => list === this.#rooms ? one.dataset.room : one.querySelector("bdi").textContent.toLowerCase();
    const next = [...list.children].find((other) => {
      if (other === entry) return false;
      const later = muted(other) - muted(entry);
      return later > 0 || later === 0 && (list === this.#direct || name(other) > name(entry));
    });
    const inPlace = entry.parentElement === list && entry.nextElementSibling === (next ?? null);
    if (!inPlace) list.insertBefore(entry, next ?? null);
  }
  #showCounts() {
    let sum = 0;
    const looking = document.visibilityState === "visible" && document.hasFocus();
    for (const [name, entry] of this.#entries) {
      const counted = !(looking && name === this.#open);
      sum += showCount(entry, counted ? entry.dataset : { unread: 0, mentions: 0 });
    }
    document.body.classList.toggle("news-elsewhere", sum > 0 || [this.#invitations, this.#reminders, this.#notifications].
    some((count) => !count.hidden));
    setUnread(sum);
    closeRead((name) => looking && name === this.#open || this.#entries.get(name)?.dataset.unread === "0");
  }
};
function showReminder({ room_name, seq }, { title, body }) {
  const link = document.createElement("a");
  link.href = `/rooms/${encodeURIComponent(room_name)}/?message=${seq}`;
  link.textContent = gettext("Open message");
  showToast(`${title}: ${body}`, link);
}
function showCount(entry, dataset) {
  const [unread3, mentions] = [Number(dataset.unread), Number(dataset.mentions)];
  const muted = entry.classList.contains("sidebar-muted");
  const counted = muted ? mentions : unread3;
  const upTo99 = (count) => count > 99 ? "99+" : String(count);
  entry.classList.toggle("sidebar-news", counted > 0 && !muted);
  entry.classList.toggle("sidebar-mentions", mentions > 0 || entry.hasAttribute("data-direct") && counted > 0);
  entry.querySelector(".sidebar-count").hidden = counted === 0;
  entry.querySelector(".sidebar-count-shown").textContent = mentions ? `@${upTo99(mentions)}` : upTo99(unread3);
  const said = mentions ? ngettext("%(count)s unread, %(mentions)s for you", "%(count)s unread, %(mentions)s for you", unread3) :
  ngettext("%(count)s unread", "%(count)s unread", unread3);
  entry.querySelector(".sidebar-count-said").textContent = interpolate(said, { count: unread3, mentions });
  return counted;
}
var dndTimer = 0;
function showDoNotDisturb(until) {
  const sign = document.getElementById("dnd");
  const left = until * 1e3 - Date.now();
  sign.hidden = left <= 0;
  clearTimeout(dndTimer);
  if (left > 0) dndTimer = setTimeout(showDoNotDisturb, Math.min(left, DAY), until);
}
/*! js/shell.js 9fafec66c1e5158c */
var { user, userId: id } = document.getElementById("sidebar").dataset;
var userId = Number(id);
migrate(user, userId);
keepPlace();
attachFilter();
attachSections();
keepWorker();
var socket = new Socket("/ws/", userId);
attachSignOut(userId, socket);
new Outbox(socket, userId);
var unread2 = new Unread(socket, { lobby: Boolean(document.getElementById("open")) });
new Switcher(userId);
attachSigns(socket);
watchActivity(socket);
attachForms();
attachFocus();
socket.connect();
/*! js/moments.js 7a6cdc725410b892 */
function showMoments() {
  for (const time of document.querySelectorAll("main time")) showMoment(time, new Date(time.dateTime));
}
showMoments();
export { showMoments };
