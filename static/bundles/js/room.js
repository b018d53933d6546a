/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}
function interpolateNodes(text, values) {
  return text.split(/%\((\w+)\)s/).map((part, place2) => place2 % 2 ? values[part] : part);
}
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
/*! js/api.js 491c4013f01ac9c1 */
var SIGNED_OUT = gettext("You are signed out. Sign in and try again.");
var ApiError = class extends Error {
  constructor(status, sentence2) {
    super(sentence2);
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
function showToast(sentence2, link) {
  clearTimeout(timer);
  line.textContent = sentence2;
  if (link) line.append(" ", link);
  timer = setTimeout(dismiss, DURATION);
}
function dismiss() {
  if (line.matches(":hover, :focus-within")) timer = setTimeout(dismiss, DURATION / 3);
  else line.textContent = "";
}
if (line.textContent) showToast(line.textContent);
/*! js/acting.js b66c74094cecf096 */
var element = (id) => document.getElementById(id);
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
function showFieldError(field, sentence2) {
  const line3 = field.form?.querySelector(".field-error");
  if (!line3 || !sentence2 && line3.hidden) return;
  line3.textContent = sentence2;
  line3.hidden = !sentence2;
  if (sentence2) {
    field.setAttribute("aria-describedby", line3.id);
    field.ariaInvalid = "true";
    field.focus();
  } else {
    field.removeAttribute("aria-describedby");
    field.ariaInvalid = null;
  }
}
/*! js/file_size.js 2512dabd6b7a068a */
var UNITS = [[1e3, gettext("%(number)s kB")], [1e6, gettext("%(number)s MB")], [1e9, gettext("%(number)s GB")]];
var small = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 1 });
function fileSize(size) {
  if (size < 1e3) return interpolate(ngettext("%(count)s byte", "%(count)s bytes", size), { count: size });
  const [unit, text] = UNITS.find(([each]) => size < each * 1e3 - each / 2) ?? UNITS[2];
  const tenths = Math.floor((size * 10 + unit / 2) / unit);
  const number = tenths < 100 ? small.format(tenths / 10) : Math.floor((size + unit / 2) / unit);
  return interpolate(text, { number });
}
function fileLabel(name) {
  return /[^.]\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toUpperCase() ?? gettext("File");
}
/*! js/attachments.js 77f6ca253a7e6f83 */
var MAX_WIDTH = 400;
var MAX_HEIGHT = 300;
function renderAttachments(element5, attachments) {
  const pictures = attachments.filter((file) => file.thumbnail);
  const others = attachments.filter((file) => !file.thumbnail);
  renderRow(element5.querySelector(".message-pictures"), pictures);
  renderRow(element5.querySelector(".message-files"), others);
  for (const picture of element5.querySelectorAll(".picture-image")) markLoaded(picture);
}
function attachmentsOf(element5) {
  return [...element5.querySelectorAll("[data-file]")].map(({ dataset }) => ({ id: dataset.file, name: dataset.name }));
}
function namesOf(files3) {
  return files3.map(({ name }) => name).join(", ");
}
function watchPictures(log) {
  for (const picture of log.querySelectorAll(".picture-image")) markLoaded(picture);
  log.addEventListener("load", ({ target: target2 }) => markLoaded(target2), { capture: true });
}
function markLoaded(picture) {
  const { complete, naturalWidth } = picture;
  if (picture.matches(".picture-image") && complete && naturalWidth) picture.closest(".picture-link")?.classList.add("pi\
cture-loaded");
}
function renderRow(row, files3) {
  const wanted = new Set(files3.map(({ id }) => id));
  for (const item of [...row.children]) if (!wanted.has(item.dataset.file)) item.remove();
  for (const [place2, file] of files3.entries()) if (row.children[place2]?.dataset.file !== file.id) row.insertBefore(newItem(
  file), row.children[place2] ?? null);
}
function newItem(file) {
  const kind = file.thumbnail ? "picture" : file.kind === "image" ? "file" : file.kind;
  const template6 = document.getElementById(`${kind}-template`);
  const item = document.importNode(template6.content.firstElementChild, true);
  item.dataset.file = file.id;
  item.dataset.name = file.name;
  if (!file.unscanned) item.querySelector(".unscanned").remove();
  if (file.thumbnail) fillPicture(item, file);
  else fillFile(item, file);
  return item;
}
function fillPicture(item, { name, url, width = 0, height = 0, thumbnail, placeholder, animated }) {
  const link = item.querySelector("a");
  link.href = url;
  link.dataset.width = String(width);
  link.dataset.height = String(height);
  const [shownWidth, shownHeight] = fitted(width, height);
  const size = item.querySelector(".picture-size");
  size.setAttribute("width", String(shownWidth));
  size.setAttribute("height", String(shownHeight));
  size.setAttribute("viewBox", `0 0 ${shownWidth} ${shownHeight}`);
  const below = item.querySelector(".picture-placeholder");
  if (placeholder) below.src = placeholder;
  else below.remove();
  const still = item.querySelector("source");
  if (animated) still.srcset = thumbnail?.url ?? "";
  else still.remove();
  const picture = item.querySelector(".picture-image");
  picture.alt = name;
  picture.src = animated ? url : thumbnail?.url ?? "";
}
function fillFile(item, { name, url, size }) {
  const player = item.querySelector(".file-player");
  if (player) {
    player.src = url;
    player.ariaLabel = name;
  }
  const link = item.querySelector(".file-name");
  link.href = url;
  link.textContent = name;
  item.querySelector(".file-facts").textContent = `${fileLabel(name)} \xB7 ${fileSize(size)}`;
  const download = item.querySelector(".file-download");
  download.href = `${url}?download`;
  download.ariaLabel = interpolate(gettext("Download %(name)s"), { name });
}
function fitted(width, height) {
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return [width, height].map((length) => Math.max(1, Math.floor(length * scale + 0.5)));
}
/*! js/newer_button.js 1160c64a16787f40 */
var NewerButton = class extends EventTarget {
  #button;
  #unseen = 0;
  constructor(button) {
    super();
    this.#button = button;
    button.addEventListener("click", () => this.dispatchEvent(new Event("chosen")));
  }
  add(count) {
    this.#unseen += count;
  }
  show({ atBottom, far }) {
    if (atBottom) this.#unseen = 0;
    this.#button.hidden = !this.#unseen && !far;
    this.#button.textContent = this.#unseen ? newMessages(this.#unseen) : gettext("Jump to latest");
  }
};
function newMessages(count) {
  return interpolate(ngettext("%(count)s new message", "%(count)s new messages", count), { count });
}
/*! js/trusted.js a45ffff53fe2538f */
function setSanitisedHtml(element5, html) {
  element5.innerHTML = html;
}
function plainText(html) {
  const holder = document.createElement("template");
  setSanitisedHtml(holder, html);
  return holder.content.textContent.replace(/\s+/g, " ").trim();
}
function parseOwnPage(html) {
  return new DOMParser().parseFromString(html, "text/html");
}
/*! js/announcer.js d90b3625902dd5c2 */
var MAX_READ_OUT = 3;
var MAX_LINES = 10;
var Announcer = class {
  #region;
  constructor(region, conversation2) {
    this.#region = region;
    conversation2.addEventListener("news", ({ detail }) => this.#announce(detail.messages));
    conversation2.addEventListener("rewritten", ({ detail }) => this.#drop(detail.message.seq));
  }
  #announce(messages) {
    if (messages.length > MAX_READ_OUT) this.#addLine(newMessages(messages.length));
    else messages.filter((wire) => !wire.deleted).forEach((wire) => this.#addLine(`${wire.display_name}: ${spoken(wire)}`,
    wire.seq));
  }
  #drop(seq) {
    this.#region.querySelector(`[data-of="${seq}"]`)?.remove();
  }
  #addLine(sentence2, seq = "") {
    const line3 = document.createElement("p");
    line3.dataset.of = String(seq);
    line3.textContent = sentence2;
    this.#region.append(line3);
    while (this.#region.childElementCount > MAX_LINES) this.#region.firstElementChild?.remove();
  }
};
function spoken({ html, attachments }) {
  return [plainText(html), namesOf(attachments)].filter(Boolean).join(" ");
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
/*! js/clipboard.js e01c035db0e632c3 */
async function copyText(text, sentence2) {
  try {
    await navigator.clipboard.writeText(text);
    showToast(sentence2);
  } catch {
    showToast(gettext("The browser blocked copying."));
  }
}
/*! js/code_blocks.js d3b24f3153b55b83 */
var LONG = 20;
var copyTemplate = document.getElementById("copy-template");
function prepareCode(message, open2 = []) {
  for (const [index, code] of message.querySelectorAll(".message-body pre").entries()) {
    const block = code.closest(".code") ?? wrap(code);
    if (!block.querySelector(".code-copy")) code.after(copyTemplate.content.cloneNode(true));
    if (open2.includes(index) && block.matches(".code-long")) toggle(block);
  }
}
function openBlocks(message) {
  const blocks = [...message.querySelectorAll(".code")];
  return [...blocks.keys()].filter((index) => blocks[index].matches(".code-open"));
}
function wrap(code) {
  const block = document.createElement("div");
  block.className = "code";
  code.replaceWith(block);
  block.append(code);
  if (lineCount(code) > LONG) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "code-more";
    block.classList.add("code-long");
    block.append(button);
    label(block);
  }
  return block;
}
function lineCount(code) {
  return code.textContent.split("\n").length - 1;
}
function label(block) {
  const open2 = block.matches(".code-open");
  const button = block.querySelector(".code-more");
  button.ariaExpanded = String(open2);
  const count = lineCount(block.querySelector("pre"));
  button.ariaLabel = open2 ? gettext("Show less") : interpolate(ngettext("Show all %(count)s line", "Show all %(count)s \
lines", count), { count });
}
function toggle(block) {
  block.classList.toggle("code-open");
  label(block);
}
function attachCode(log) {
  const scroller2 = log.closest(".log-scroller");
  log.addEventListener("click", ({ target: target2 }) => {
    const button = target2.closest(".code button");
    const block = target2.closest(".code");
    if (!button || !block) return;
    if (button.matches(".code-copy")) {
      copyText(block.querySelector("pre").textContent.replace(/\n$/, ""), gettext("Code copied"));
      return;
    }
    const anchor = block.matches(".code-open") ? button : block;
    const { top } = anchor.getBoundingClientRect();
    toggle(block);
    scroller2.scrollTop += anchor.getBoundingClientRect().top - top;
  });
}
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
function showAvatar(element5, { user_id, user_name, display_name, avatar }) {
  const colours = [...element5.classList].filter((name) => /^avatar-\d/.test(name));
  element5.classList.remove(...colours);
  element5.classList.add(colourClass({ user_id, user_name }));
  if (!avatar) {
    element5.textContent = initials(display_name);
    return;
  }
  const picture = document.createElement("img");
  const attributes = { loading: "lazy", src: avatar, alt: "", width: 36, height: 36 };
  for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, String(value));
  element5.replaceChildren(picture);
}
/*! js/emoji.js 501a8f09001b7800 */
var names = null;
async function allEmoji() {
  names ??= fetch("/emoji.json").then((response) => response.ok ? response.json() : Promise.reject(response.status));
  try {
    return await names;
  } catch {
    names = null;
    return [];
  }
}
async function findEmoji(typed, limit, { within = true } = {}) {
  const worst = within ? WITHIN : OF_A_WORD;
  const wanted = typed.toLowerCase();
  const found = [];
  for (const [emoji, ...each] of await allEmoji()) {
    const ranked = each.map((name) => [rank(name, wanted), name]).sort((one, other) => one[0] - other[0]);
    if (ranked[0][0] <= worst) found.push([ranked[0][0], emoji, ranked[0][1]]);
  }
  found.sort((one, other) => one[0] - other[0] || one[2].length - other[2].length);
  return found.slice(0, limit).map(([, emoji, name]) => [emoji, name]);
}
var [WHOLE, BEGINNING, OF_A_WORD, WITHIN, NO_FIT] = [0, 1, 2, 3, 4];
function rank(name, wanted) {
  if (name === wanted) return WHOLE;
  if (name.startsWith(wanted)) return BEGINNING;
  if (name.includes(`_${wanted}`)) return OF_A_WORD;
  return name.includes(wanted) ? WITHIN : NO_FIT;
}
/*! js/completion_sources.js 619f18624ef754d2 */
var DEBOUNCE = 120;
var NAME = /(?<!:\/\/\S*)(?<![A-Za-z0-9_.+\-@＠\\])[@＠]([\p{L}\p{N}_.+-]*)$/u;
var EMOJI = /(?<=^|[\s([{"'“‘«（「『【]):(\p{L}{2}[\p{L}\p{N}_+-]*)$/u;
var plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
function memberSource(members2, { roomName: roomName2, me, roomMentions: roomMentions2 }) {
  const cache = /* @__PURE__ */ new Map();
  let latest = 0;
  async function ask2(typed) {
    const mine = ++latest;
    await new Promise((resolve) => setTimeout(resolve, DEBOUNCE));
    if (mine !== latest) return [];
    if (!cache.has(typed)) {
      const address = `/api/rooms/${encodeURIComponent(roomName2)}/members/?search=${encodeURIComponent(typed)}`;
      const response = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!response?.ok) return [];
      cache.set(typed, (await response.json()).results.map(fromServer));
    }
    return cache.get(typed) ?? [];
  }
  return { pattern: NAME, marks: (typed) => typed !== "", async *find(typed, limit) {
    const people2 = [...members2.querySelectorAll(".member")].map(fromPage);
    const all = roomMentions2.allowed ? EVERYBODY.filter(({ text }) => text.startsWith(`@${plain(typed)}`)) : [];
    const fits = people2.filter((person) => person.user_id !== me && rank2(person, typed) < NO_FIT2);
    yield withEverybody(best(fits, typed, limit - all.length), all, typed);
    if (fits.length >= limit || !members2.hasAttribute("data-more")) return;
    const known = /* @__PURE__ */ new Set([me, ...people2.map((person) => person.user_id)]);
    const others = (await ask2(typed)).filter((person) => !known.has(person.user_id));
    if (others.length) yield withEverybody(best([...fits, ...others], typed, limit - all.length), all, typed);
  } };
}
var emojiSource = { pattern: EMOJI, marks: () => false, async *find(typed, limit) {
  const found = await findEmoji(typed, limit, { within: false });
  yield found.map(([emoji, name]) => ({ text: emoji, label: `:${name}:`, about: "", picture: Object.assign(document.createElement(
  "span"), { textContent: emoji, ariaHidden: "true" }) }));
} };
var NO_FIT2 = 2;
var EVERYBODY = [{ text: "@room", label: "@room", about: gettext("Notify everyone in this room") }, { text: "@here", label: "\
@here", about: gettext("Notify everyone who is online") }];
function withEverybody(people2, all, typed) {
  const options = all.map((option) => {
    const picture = document.createElement("span");
    picture.ariaHidden = "true";
    picture.textContent = "@";
    return { ...option, picture };
  });
  return all[0]?.text === `@${plain(typed)}` ? [...options, ...people2] : [...people2, ...options];
}
function best(people2, typed, limit) {
  const sorted = people2.sort((one, other) => rank2(one, typed) - rank2(other, typed));
  return sorted.slice(0, limit).map(({ user_name, display_name, picture }) => ({ text: `@${user_name}`, label: display_name,
  about: `@${user_name}`, picture: picture() }));
}
function rank2({ user_name, display_name }, typed) {
  const wanted = plain(typed);
  const names2 = [plain(user_name), ...plain(display_name).split(/\s+/)];
  if (names2.some((name) => name === wanted)) return 0;
  return names2.some((name) => name.startsWith(wanted)) ? 1 : NO_FIT2;
}
function fromPage(member) {
  return { user_id: Number(member.dataset.userId), user_name: member.dataset.user, display_name: member.querySelector(".\
member-name bdi").textContent, picture: () => member.querySelector(".avatar").cloneNode(true) };
}
function fromServer(person) {
  return { ...person, picture: () => pictureOf(person) };
}
function pictureOf(person) {
  const picture = document.createElement("span");
  picture.className = "avatar avatar-small";
  picture.ariaHidden = "true";
  showAvatar(picture, person);
  return picture;
}
/*! js/code.js 7962bb6e688cbe95 */
var FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
function inFence(text) {
  return split(text).fence !== "";
}
function inCode(text) {
  const { fence, lines } = split(text);
  return fence !== "" || isIndented(lines) || isBetweenBackticks(lines);
}
function split(text) {
  let fence = "";
  let lines = [];
  for (const line3 of text.split("\n")) {
    const [, mark, info] = FENCE.exec(line3) ?? [];
    if (fence) {
      if (mark?.startsWith(fence) && !info.trim()) [fence, lines] = ["", []];
    } else if (mark && !(mark[0] === "`" && info.includes("`"))) {
      fence = mark;
    } else {
      lines.push(line3);
    }
  }
  return { fence, lines };
}
function isIndented(lines) {
  let first = lines.length;
  while (first > 0 && /^( {4}| {0,3}\t)/.test(lines[first - 1])) first--;
  return first < lines.length && !lines[first - 1]?.trim();
}
function isBetweenBackticks(lines) {
  const paragraph = lines.slice(lines.findLastIndex((line3) => !line3.trim()) + 1).join("\n");
  let open2 = "";
  for (const [run] of paragraph.matchAll(/\\`|`+/g)) {
    if (open2) open2 = run.replace("\\", "") === open2 ? "" : open2;
    else if (run[0] === "`") open2 = run;
  }
  return open2 !== "";
}
/*! js/completion.js 19b51335b90bafde */
var MAX_OPTIONS = 8;
var NONE = -1;
var Completion = class {
  #box;
  #list;
  #count;
  #sources;
  #options = [];
  #selected = NONE;
  #start = 0;
  #searches = 0;
  #declined = null;
  #spaceAt = NONE;
  constructor(box, frame, sources) {
    this.#box = box;
    this.#list = frame.querySelector("[role=listbox]");
    this.#count = frame.querySelector("[role=status]");
    this.#sources = sources;
    box.addEventListener("input", (event) => event.isComposing || this.#update());
    box.addEventListener("compositionend", () => this.#update());
    box.addEventListener("beforeinput", (event) => this.#skipSpace(event));
    box.addEventListener("blur", () => this.close());
    document.addEventListener("selectionchange", () => this.#options.length && this.#update());
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      const index = [...this.#list.children].findIndex((each) => each === option);
      if (index >= 0) this.#take(index);
    });
  }
  close() {
    this.#searches++;
    this.#hide();
  }
  #hide() {
    this.#options = [];
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#count.textContent = "";
    this.#box.removeAttribute("aria-activedescendant");
    this.#box.removeAttribute("aria-controls");
  }
  handleKey(event) {
    if (!this.#options.length || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "ArrowDown") this.#select(this.#selected + 1);
    else if (event.key === "ArrowUp") this.#select(Math.max(this.#selected, 0) - 1);
    else if (event.key === "Tab" && !event.shiftKey) this.#take(Math.max(this.#selected, 0));
    else if (event.key === "Enter" && !event.shiftKey && this.#wouldChange()) this.#take(this.#selected);
    else if (event.key === "Escape") this.#decline();
    else return false;
    event.preventDefault();
    return true;
  }
  #wouldChange() {
    const typed = this.#box.value.slice(this.#start, this.#box.selectionStart);
    return this.#selected !== NONE && this.#options[this.#selected].text !== typed;
  }
  async #update() {
    const search2 = ++this.#searches;
    const before = this.#box.value.slice(0, this.#box.selectionStart);
    for (const source of inCode(before) ? [] : this.#sources) {
      const match = source.pattern.exec(before);
      if (!match) continue;
      if (match.index === this.#declined) return;
      for await (const options of source.find(match[1], MAX_OPTIONS)) {
        if (search2 !== this.#searches) return;
        this.#start = match.index;
        this.#show(options, source.marks(match[1]) ? 0 : NONE);
      }
      return;
    }
    this.#declined = null;
    this.close();
  }
  #show(options, selected) {
    if (!options.length) return this.#hide();
    this.#options = options;
    this.#list.replaceChildren(...options.map(renderOption));
    this.#list.hidden = false;
    const count = options.length;
    this.#count.textContent = interpolate(ngettext("%(count)s suggestion", "%(count)s suggestions", count), { count });
    this.#box.setAttribute("aria-controls", this.#list.id);
    this.#selected = NONE;
    this.#box.removeAttribute("aria-activedescendant");
    if (selected !== NONE) this.#select(selected);
  }
  #select(index) {
    this.#selected = (index + this.#options.length) % this.#options.length;
    [...this.#list.children].forEach((option2, place2) => option2.ariaSelected = String(place2 === this.#selected));
    const option = this.#list.children[this.#selected];
    option.scrollIntoView({ block: "nearest" });
    this.#box.setAttribute("aria-activedescendant", option.id);
  }
  #decline() {
    this.#declined = this.#start;
    this.close();
  }
  #take(index) {
    const { text } = this.#options[index];
    const end = this.#box.selectionStart;
    const spaced = this.#box.value[end] === " ";
    this.#box.setRangeText(`${text} `, this.#start, spaced ? end + 1 : end, "end");
    this.close();
    this.#box.focus();
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#spaceAt = this.#box.selectionStart;
  }
  #skipSpace(event) {
    const { selectionStart, selectionEnd } = this.#box;
    if (event.data === " " && selectionStart === this.#spaceAt && selectionEnd === this.#spaceAt) event.preventDefault();
    this.#spaceAt = NONE;
  }
};
function renderOption({ label: label2, about, picture }, place2) {
  const option = document.createElement("li");
  option.id = `completion-${place2}`;
  option.role = "option";
  const name = document.createElement("bdi");
  name.textContent = label2;
  const more = document.createElement("small");
  more.dir = "auto";
  more.textContent = about;
  option.append(picture, name, more);
  return option;
}
/*! js/keys.js c88d0dbed5093801 */
var TEXT_FIELD = "textarea, select, [contenteditable], input:not([type=button], [type=checkbox], [type=color], [type=fil\
e], [type=radio], [type=range], [type=reset], [type=submit])";
var LAYER = ":popover-open, dialog[open]";
function attachKeys({ scroller: scroller2, log, actions: actions2, composer: composer2 }) {
  let pointed = false;
  let reached = null;
  addEventListener("pointerdown", ({ target: target2 }) => {
    pointed = !isTextField(target2);
    reached = null;
  }, true);
  addEventListener("focusin", (event) => {
    const target2 = event.target;
    if (isTextField(target2)) pointed = false;
    if (target2.parentElement === log && !pointed && !target2.matches(".message-found")) reached = target2;
  });
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isComposing(event) || isTextField(event.target)) return;
    if (isPlain(event) && event.key === "?" && !document.querySelector("dialog[open], dialog:popover-open")) {
      event.preventDefault();
      actions2.showShortcuts();
    } else if (!document.querySelector(LAYER) && !(isPlain(event) && handleListKey(event)) && isTyping(event)) {
      composer2.focus();
    }
  });
  function handleListKey(event) {
    if (!scroller2.contains(event.target)) return false;
    const messages = [...log.querySelectorAll(":scope > .message")];
    const at = messages.indexOf(event.target);
    if (event.key === "Escape") {
      actions2.focusComposer();
    } else if (at >= 0 && (event.key === "Enter" || event.target === reached) && actions2.handleKey(event.key === "Enter" ?
    event.key : latinKey(event), event.target)) {
      event.preventDefault();
    } else {
      const last = messages.length - 1;
      const next = { ArrowUp: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at + 1, Home: 0, End: last }[event.key];
      if (next === void 0 || event.target !== scroller2 && at < 0 || !messages[next]) return false;
      event.preventDefault();
      pointed = false;
      messages[next].focus();
    }
    return true;
  }
}
function latinKey({ key, code }) {
  return /^[^\x00-\x7f]$/.test(key) && code.startsWith("Key") ? code.slice(3).toLowerCase() : key.toLowerCase();
}
function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}
function isTextField(target2) {
  return target2 instanceof Element && Boolean(target2.closest(TEXT_FIELD));
}
function isPlain(event) {
  return !event.ctrlKey && !event.metaKey && !event.altKey;
}
function isTyping(event) {
  const { key, ctrlKey, metaKey, altKey } = event;
  if ((ctrlKey || metaKey) && !altKey) return key.toLowerCase() === "v";
  if (ctrlKey && !event.getModifierState("AltGraph")) return false;
  return !metaKey && (key === "Dead" || [...key].length === 1 && key !== " ");
}
/*! js/reply_bar.js 34a772fa205ad642 */
var ReplyBar = class {
  #bar;
  #quote;
  #seq = null;
  constructor(bar, quote) {
    this.#bar = bar;
    this.#quote = quote;
  }
  show(seq) {
    this.#bar.hidden = seq === null;
    if (seq === this.#seq) return;
    this.#seq = seq;
    this.#fill({});
    this.refresh();
  }
  async refresh() {
    const seq = this.#seq;
    if (seq === null) return;
    const found = this.#quote(seq);
    const quote = found instanceof Promise ? await found.catch(() => ({})) : found;
    if (seq === this.#seq) this.#fill(quote);
  }
  messageChanged(quote) {
    if (quote.seq === this.#seq) this.#fill(quote);
  }
  #fill({ display_name = "", excerpt = "", deleted = false }) {
    this.#bar.querySelector(".composer-reply-name").textContent = display_name;
    this.#bar.querySelector(".composer-reply-excerpt").textContent = deleted ? gettext("This message was deleted.") : excerpt;
  }
};
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
function clearOthers(userId) {
  for (const key of keys(ALL)) if (key.split(":")[2] !== `#${userId}`) remove(key);
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
function prefix(kind, userId) {
  return `parlor:${kind}:#${userId}:`;
}
function migrate(userName, userId) {
  for (const kind of ["draft", "outbox"]) {
    const before = `parlor:${kind}:${userName}:`;
    for (const key of keys(before)) {
      write(prefix(kind, userId) + key.slice(before.length), read(key) ?? "");
      remove(key);
    }
  }
}
/*! js/composer.js 271887d27594e3fc */
var SHOW_COUNT_BELOW = 500;
var SAVE_TIMEOUT = 3e4;
var WAITING = gettext("Sends when the files are uploaded. Type or press Esc to cancel.");
var NO_FILES = gettext("Files can\u2019t be scheduled yet: remove them, or send the message now.");
var FAILED = gettext("A file was not uploaded: retry or remove it.");
var Composer = class extends EventTarget {
  #form;
  #box;
  #hint;
  #drafts;
  #files;
  #limit;
  #completion;
  #replyBar;
  #storageKey;
  #editing;
  #endedElsewhere = null;
  #shown = null;
  #composing = false;
  #shiftHeld = false;
  #waiting = false;
  #ask;
  #asking = false;
  constructor(form, { drafts: drafts2, files: files3, storageKey, limit, sources, quote, ask: ask2 }) {
    super();
    this.#ask = ask2;
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#hint = form.querySelector(".composer-hint");
    this.#drafts = drafts2;
    this.#files = files3;
    this.#limit = limit;
    this.#storageKey = storageKey;
    this.#editing = tab.read(storageKey);
    this.#completion = new Completion(this.#box, form.querySelector(".completion"), sources);
    this.#replyBar = new ReplyBar(form.querySelector(".composer-reply"), quote);
    this.#box.addEventListener("beforeinput", (event) => this.#beforeInput(event));
    this.#box.addEventListener("input", () => this.#handleInput());
    this.#box.addEventListener("keydown", (event) => this.#handleKey(event));
    this.#box.addEventListener("compositionstart", () => this.#composing = true);
    this.#box.addEventListener("compositionend", () => this.#composing = false);
    this.#box.addEventListener("focus", () => this.show());
    document.addEventListener("visibilitychange", () => this.show());
    drafts2.addEventListener("changed", () => this.show());
    files3.addEventListener("changed", () => this.#waiting && this.#sendIfUploaded());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    form.addEventListener("click", ({ target: target2 }) => this.#click(target2.closest("button")?.dataset.do ?? ""));
    const early = this.#box.value;
    if (early) drafts2.keep({ content: drafts2.message.content + early });
    this.show();
    if (matchMedia("(pointer: fine)").matches) this.focus();
  }
  get editing() {
    return this.#editing;
  }
  wasEditing(id) {
    return id === this.#editing || id === this.#endedElsewhere;
  }
  get idle() {
    return !this.#editing && !this.#box.value;
  }
  focus() {
    if (!this.#form.hidden) this.#box.focus({ preventScroll: true });
  }
  attach(files3) {
    if (this.#editing) return this.showError(gettext("Finish editing first: files can only be attached to a new message."));
    this.#stopWaiting();
    const problem = this.#files.add(files3);
    if (problem) this.showError(problem);
    if (matchMedia("(pointer: fine)").matches) this.focus();
  }
  reply(seq) {
    this.#suspendEdit();
    this.#drafts.keep({ reply: { seq } });
    this.show();
    this.#box.focus();
  }
  messageChanged(quote) {
    this.#replyBar.messageChanged(quote);
  }
  refreshReply() {
    this.#replyBar.refresh();
  }
  edit({ id, content, version, hasFiles }) {
    if (this.#editing !== id) this.#suspendEdit();
    const begun = this.#drafts.edit(id);
    if (!begun || begun.content === begun.base) this.#drafts.keepEdit(id, { content, base: content, version });
    else if (begun.base === content) this.#drafts.keepEdit(id, { version });
    else if (begun.content !== content) this.#drafts.keepEdit(id, { theirs: content });
    this.#drafts.keepEdit(id, { hasFiles });
    this.#resume(id);
  }
  rename(id, newId) {
    if (this.#editing === id) this.#setEditing(newId);
  }
  showError(sentence2) {
    this.showHint(sentence2);
    this.#hint.classList.add("composer-hint-bad");
  }
  showHint(sentence2) {
    this.#hint.classList.remove("composer-hint-bad");
    this.#hint.textContent = sentence2;
  }
  show() {
    if (this.#editing && !this.#drafts.edit(this.#editing)) {
      this.#endedElsewhere = this.#editing;
      this.#setEditing(null);
    }
    const { content, reply } = this.#drafts.message;
    const edit = this.#editing ? this.#drafts.edit(this.#editing) : null;
    this.#showBars(reply, edit);
    const text = edit ? edit.content : content;
    if (text === this.#shown || this.#composing) return;
    this.#box.value = this.#shown = text;
    this.#completion.close();
    this.#grow();
    this.#count();
  }
  #showBars(reply, edit) {
    const part = (name) => this.#form.querySelector(`.composer-${name}`);
    part("editing").hidden = !edit;
    part("files").hidden = part("attach").hidden = part("schedule").hidden = Boolean(edit);
    part("theirs").hidden = edit?.theirs === void 0;
    part("theirs-text").textContent = edit?.theirs ?? "";
    this.#replyBar.show(reply && !edit ? reply.seq : null);
    const unfinished = edit ? null : this.#unfinished;
    part("unfinished").hidden = !unfinished;
    const { content = "", problem } = unfinished ? this.#drafts.edit(unfinished) : {};
    part("unfinished-what").textContent = problem ? gettext("Edit not saved:") : gettext("Unfinished edit:");
    part("unfinished-excerpt").textContent = content;
  }
  get #unfinished() {
    const isSaving = (id) => Date.now() - (this.#drafts.edit(id)?.saving ?? 0) < SAVE_TIMEOUT;
    return this.#drafts.edited.filter((id) => !isSaving(id)).at(-1);
  }
  #resume(id) {
    this.#stopWaiting();
    this.#drafts.keepEdit(id, { saving: void 0 });
    this.#setEditing(id);
    this.show();
    this.#box.focus();
    this.#box.setSelectionRange(this.#box.value.length, this.#box.value.length);
  }
  #setEditing(id) {
    this.#editing = id;
    tab.write(this.#storageKey, id);
  }
  #suspendEdit() {
    const edit = this.#editing && this.#drafts.edit(this.#editing);
    if (this.#editing && edit && edit.content === edit.base) this.#drafts.dropEdit(this.#editing);
    this.#setEditing(null);
  }
  #click(what) {
    if (what === "leave") this.#cancel();
    else if (what === "continue") this.#resume(this.#unfinished);
    else if (what === "discard") this.#discard(this.#unfinished);
    else if (what === "schedule") this.#schedule();
  }
  #cancel() {
    if (this.#editing) this.#discard(this.#editing);
    else this.#drafts.keep({ reply: null });
    this.show();
    this.focus();
  }
  #discard(id) {
    this.#drafts.dropEdit(id);
    this.dispatchEvent(new CustomEvent("discard", { detail: { id } }));
    this.show();
    this.focus();
  }
  #beforeInput(event) {
    if (event.isComposing) return;
    this.show();
    if (event.inputType !== "insertLineBreak" || !this.#sends) return;
    event.preventDefault();
    this.#submit();
  }
  #handleInput() {
    this.#waiting = false;
    const content = this.#shown = this.#box.value;
    if (this.#editing) {
      this.#drafts.keepEdit(this.#editing, { content });
    } else {
      this.#drafts.keep({ content });
      this.dispatchEvent(new CustomEvent("typed", { detail: { content } }));
    }
    this.#grow();
    this.#count();
  }
  #handleKey(event) {
    this.#shiftHeld = event.shiftKey;
    if (isComposing(event)) return;
    if (this.#completion.handleKey(event)) return;
    if (event.key === "Enter" && this.#sends) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#waiting) {
      this.#stopWaiting();
    } else if (event.key === "Escape" && (this.#editing || this.#drafts.message.reply)) {
      this.#cancel();
    } else if (event.key === "ArrowUp" && this.idle) {
      event.preventDefault();
      this.dispatchEvent(new Event("recall"));
    }
  }
  get #sends() {
    return !this.#shiftHeld && !inFence(this.#box.value.slice(0, this.#box.selectionStart));
  }
  #submit() {
    this.show();
    if (this.#box.value !== this.#shown) this.#handleInput();
    const content = this.#content;
    const left = this.#left();
    if (left < 0) this.showError(tooLong(-left));
    else if (this.#editing) this.#save(content);
    else if (this.#files.unfinished) this.#sendIfUploaded();
    else this.#ifSure(content, () => this.#send(content));
  }
  #ifSure(content, act) {
    if (this.#asking) return;
    const sure = this.#ask(content);
    if (!sure) return act();
    this.#asking = true;
    sure.then((yes) => {
      this.#asking = false;
      if (yes) act();
      else this.focus();
    });
  }
  #sendIfUploaded() {
    this.#waiting = this.#files.unfinished && !this.#files.failed;
    if (this.#files.failed) this.showError(FAILED);
    else if (this.#waiting) this.showHint(WAITING);
    else this.#submit();
  }
  #stopWaiting() {
    if (this.#waiting) this.showHint("");
    this.#waiting = false;
  }
  #send(content) {
    const attachments = this.#files.take();
    if (!content && !attachments.length) return;
    this.showHint("");
    const { reply } = this.#drafts.message;
    this.#drafts.keep({ content: "", reply: null });
    this.show();
    this.dispatchEvent(new CustomEvent("send", { detail: { content, reply_to: reply?.seq, attachments } }));
  }
  #schedule() {
    const content = this.#content;
    if (this.#files.items.length) return this.showError(NO_FILES);
    if (this.#left() < 0) return this.showError(tooLong(-this.#left()));
    if (!content) return this.focus();
    const { reply } = this.#drafts.message;
    this.#ifSure(content, () => {
      this.dispatchEvent(new CustomEvent("schedule", { detail: { content, reply_to: reply?.seq } }));
    });
  }
  clear(content) {
    if (this.#editing || this.#content !== content) return;
    this.#drafts.keep({ content: "", reply: null });
    this.show();
  }
  #save(content) {
    const id = this.#editing;
    const { base, hasFiles } = this.#drafts.edit(id);
    if (!content && !hasFiles) return this.dispatchEvent(new CustomEvent("emptied", { detail: { id } }));
    if (content === base) this.#drafts.dropEdit(id);
    else this.#drafts.keepEdit(id, { content, saving: Date.now() });
    this.#setEditing(null);
    this.show();
    if (content !== base) this.dispatchEvent(new CustomEvent("change", { detail: { id, content } }));
  }
  get #content() {
    return this.#box.value.replace(/^(\s*\n)+/, "").trimEnd();
  }
  #left() {
    return this.#limit - [...this.#content].length;
  }
  #count() {
    const near = this.#box.value.length > this.#limit - SHOW_COUNT_BELOW;
    const left = this.#left();
    const hint = ngettext("%(count)s character left", "%(count)s characters left", Math.abs(left));
    this.#hint.textContent = near ? interpolate(hint, { count: left }) : "";
    this.#hint.classList.toggle("composer-hint-bad", near && left < 0);
  }
  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
  }
};
function tooLong(count) {
  return interpolate(ngettext("Message too long: remove %(count)s character.", "Message too long: remove %(count)s chara\
cters.", count), { count });
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
/*! js/connection_status.js 0b42edd1d9b7177c */
var DELAY = 5e3;
var ConnectionStatus = class {
  #line = document.getElementById("trouble");
  #text = document.getElementById("trouble-text");
  #announcement = document.getElementById("trouble-said");
  #retryButton = document.getElementById("trouble-now");
  #signIn = document.getElementById("trouble-sign-in");
  #since = 0;
  #retryAt = 0;
  #ticking = 0;
  constructor(socket2) {
    socket2.addEventListener("up", () => this.#recovered());
    socket2.addEventListener("alive", () => this.#recovered());
    socket2.addEventListener("doubtful", () => this.#down(0, -DELAY));
    socket2.addEventListener("down", ({ detail }) => this.#down(detail.retryAt));
    socket2.addEventListener("stopped", ({ detail }) => this.#stopped(detail.code));
    this.#retryButton.addEventListener("click", () => socket2.retryNow());
    this.#since = performance.now();
    this.#ticking = setInterval(() => this.#show(), 500);
  }
  #down(retryAt, since = performance.now()) {
    this.#since = Math.min(this.#since || Infinity, since);
    this.#retryAt = retryAt;
    this.#show();
    if (!this.#ticking) this.#ticking = setInterval(() => this.#show(), 500);
  }
  #show() {
    if (performance.now() - this.#since < DELAY) return;
    const seconds = Math.ceil((this.#retryAt - performance.now()) / 1e3);
    const retrying = gettext("No connection. Retrying in %(seconds)s s.");
    this.#setText(seconds > 0 ? interpolate(retrying, { seconds }) : gettext("No connection. Retrying\u2026"));
    this.#line.hidden = false;
    if (!this.#announcement.textContent) this.#announcement.textContent = gettext("No connection.");
  }
  #setText(sentence2) {
    if (this.#text.textContent !== sentence2) this.#text.textContent = sentence2;
  }
  #recovered() {
    clearInterval(this.#ticking);
    this.#ticking = this.#since = 0;
    this.#line.hidden = true;
    this.#announcement.textContent = "";
  }
  #stopped(code) {
    this.#recovered();
    const signedOut = code === CloseCode.NOT_AUTHENTICATED;
    const sentence2 = signedOut ? gettext("You are signed out.") : gettext("A moderator disconnected you.");
    this.#setText(sentence2);
    this.#announcement.textContent = sentence2;
    this.#signIn.hidden = !signedOut;
    this.#retryButton.hidden = true;
    this.#line.hidden = false;
  }
};
/*! js/history.js 9e3415771b6cc5ba */
var PAGE = 50;
var History = class {
  #roomName;
  #requests = 0;
  #buffer = [];
  constructor(roomName2) {
    this.#roomName = roomName2;
  }
  async fetch(position = {}) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    for (const [name, seq] of Object.entries(position)) query.set(name, String(seq));
    this.#requests++;
    try {
      const page2 = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/?${query}`);
      return page2.messages;
    } finally {
      this.#requests--;
    }
  }
  message(seq) {
    return callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/${seq}/`);
  }
  buffer(messages) {
    if (this.#requests) this.#buffer.push(...messages);
  }
  takeBuffered() {
    if (this.#requests) return [];
    return this.#buffer.splice(0).sort((one, other) => one.seq - other.seq);
  }
  clearBuffer() {
    this.#buffer = [];
  }
};
/*! js/conversation.js 5d3d09e148635629 */
var MAX_SHOWN = 300;
var FETCH_DISTANCE = 600;
var RETRY_DELAY = 3e3;
var Conversation = class extends EventTarget {
  #history;
  #list;
  #scroller;
  #button = new NewerButton(document.getElementById("newer"));
  #start = document.getElementById("log-start");
  #older = document.getElementById("log-older");
  #lastSeq;
  #heardSeq;
  #filling = false;
  #refused = false;
  #restoreSeq = 0;
  constructor(page2, list3, scroller2) {
    super();
    this.#history = new History(page2.room.name);
    this.#list = list3;
    this.#scroller = scroller2;
    this.#lastSeq = this.#heardSeq = Math.max(page2.room.last_seq, list3.newestSeq);
    scroller2.addEventListener("moved", () => this.#moved());
    this.#button.addEventListener("chosen", () => this.toNewest());
  }
  get detached() {
    return this.#list.newestSeq < this.#lastSeq;
  }
  get lastSeq() {
    return this.#lastSeq;
  }
  get atBottom() {
    return !this.detached && this.#scroller.nearBottom;
  }
  open(element5, place2, unseen) {
    if (element5) this.#scroller.reveal(element5, place2);
    this.#button.add(unseen);
    this.#moved();
  }
  receive(messages, { own: own2, isReset }) {
    this.#history.buffer(messages);
    const attached = isReset || !this.detached;
    const news = isReset ? [] : messages.filter((wire) => wire.seq > this.#heardSeq && !own2(wire));
    const follows = this.atBottom;
    this.#change(() => this.#put(messages, attached), follows);
    if (!follows) this.#button.add(news.length);
    this.#showButton();
    if (isReset) this.#restorePlace();
    if (news.length) this.dispatchEvent(new CustomEvent("news", { detail: { messages: news } }));
  }
  clear() {
    this.#restoreSeq = this.atBottom ? 0 : this.#scroller.firstShownSeq;
    this.#lastSeq = this.#heardSeq = 0;
    this.#history.clearBuffer();
    this.#change(() => this.#list.clear(), true);
  }
  showPending(item) {
    this.#list.addPending(item);
    this.toNewest();
  }
  acknowledge(clientId, seq) {
    const detached = this.detached;
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.#change(() => detached ? this.#list.dropPending(clientId) : this.#list.acknowledge(clientId, seq));
    if (detached) this.toNewest();
  }
  keepPlace(change) {
    this.#scroller.keepPlace(change, { stick: this.atBottom });
  }
  async toNewest() {
    try {
      if (this.detached) this.#replace(await this.#history.fetch());
    } catch (error) {
      showToast(error.message);
    }
    this.#scroller.toBottom();
    this.#moved();
  }
  async show(seq) {
    try {
      const element5 = await this.#find(seq);
      if (!element5) return showToast(gettext("There is no such message here."));
      this.#scroller.reveal(element5, 0.5);
      this.#scroller.highlight(element5);
      this.fill();
    } catch (error) {
      showToast(error.message);
    }
  }
  message(seq) {
    return this.#history.message(seq);
  }
  async #restorePlace() {
    const seq = this.#restoreSeq;
    this.#restoreSeq = 0;
    const element5 = seq && await this.#find(seq).catch(() => null);
    if (element5) this.#scroller.reveal(element5, 0);
  }
  async #find(seq) {
    if (!this.#list.get(seq)) {
      const messages = await this.#history.fetch({ around: seq });
      if (messages.some((wire) => wire.seq === seq)) this.#replace(messages);
    }
    return this.#list.get(seq);
  }
  joined() {
    this.#refused = false;
    this.fill();
  }
  async fill() {
    if (this.#filling || this.#refused) return;
    this.#filling = true;
    while (await this.#fillOnce()) ;
    this.#filling = false;
  }
  async #fillOnce() {
    const { oldestSeq, newestSeq } = this.#list;
    if (this.#scroller.above < FETCH_DISTANCE && oldestSeq > 1) return this.#extend({ before: oldestSeq });
    if (this.#scroller.below < FETCH_DISTANCE && this.detached) return this.#extend({ after: newestSeq });
    return false;
  }
  async #extend(position) {
    this.#older.hidden = !position.before;
    try {
      const messages = await this.#history.fetch(position);
      if (this.#continues(position)) this.#change(() => this.#insert(messages));
      return messages.length > 0;
    } catch (error) {
      const { status } = error;
      this.#refused = status >= 400 && status < 500 && status !== 429;
      if (this.#refused) return false;
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
      return true;
    } finally {
      this.#older.hidden = true;
      this.#applyBuffer();
    }
  }
  #continues({ before, after }) {
    return before ? before === this.#list.oldestSeq : after === this.#list.newestSeq;
  }
  #replace(messages) {
    this.#change(() => {
      this.#list.clear();
      this.#insert(messages);
    }, false);
    this.#applyBuffer();
  }
  #applyBuffer() {
    const messages = this.#history.takeBuffered();
    if (messages.length) this.#change(() => this.#put(messages, false));
  }
  #insert(page2) {
    for (const wire of page2) {
      this.#list.put(wire);
      this.#heardSeq = Math.max(this.#heardSeq, wire.seq);
    }
    this.#lastSeq = Math.max(this.#lastSeq, this.#list.newestSeq);
  }
  #put(messages, attached) {
    for (const wire of messages) {
      const upTo = attached ? wire.seq : this.#list.newestSeq + 1;
      const isNew = wire.seq > this.#heardSeq;
      if ((isNew || wire.seq >= this.#list.oldestSeq) && wire.seq <= upTo) this.#list.put(wire);
      this.#heardSeq = Math.max(this.#heardSeq, wire.seq);
      this.#lastSeq = Math.max(this.#lastSeq, this.#heardSeq);
      const quotedByFiles = !wire.content && wire.attachments.length > 0;
      if (!wire.edited_at && !wire.deleted && !quotedByFiles) continue;
      this.#list.updateQuotesOf(wire);
      this.dispatchEvent(new CustomEvent("rewritten", { detail: { message: wire } }));
    }
  }
  #change(change, stick = this.atBottom) {
    this.#scroller.keepPlace(() => {
      change();
      this.#trim(stick);
    }, { stick });
    this.#start.hidden = this.#list.oldestSeq > 1;
    this.dispatchEvent(new Event("changed"));
  }
  #trim(stick) {
    if (this.#list.size <= MAX_SHOWN) return;
    const upper = stick || this.#scroller.above > this.#scroller.below;
    while (this.#list.size > MAX_SHOWN && this.#list.newestSeq) upper ? this.#list.dropOldest() : this.#list.dropNewest();
  }
  #moved() {
    this.#showButton();
    this.fill();
  }
  #showButton() {
    this.#button.show({ atBottom: this.atBottom, far: this.detached || this.#scroller.below > this.#scroller.height });
  }
};
/*! js/copy.js e4b3704aa035d048 */
function showCopyButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}
showCopyButtons();
document.addEventListener("click", async ({ target: target2 }) => {
  const button = target2.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = button.dataset.copied;
});
/*! js/file_store.js e35a64017afaf5b0 */
var NAME2 = "parlor-files";
var STORE = "files";
var memory2 = /* @__PURE__ */ new Map();
var sealed2 = false;
var opened = null;
function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME2, 1);
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
async function keep(key, file) {
  if (sealed2) return false;
  try {
    await inStore("readwrite", (store) => store.put(file, key));
    return true;
  } catch {
    memory2.set(key, file);
    return false;
  }
}
async function read2(key) {
  return memory2.get(key) ?? await inStore("readonly", (store) => store.get(key)).catch(() => void 0);
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
/*! js/ids.js 22806c3633f33208 */
function newClientId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
/*! js/uploads.js dbd186952ddf30c9 */
var STALLED = 6e4;
var EXAMINED = 3e5;
var FIRST_DELAY = 1e3;
var MAX_DELAY = 3e4;
var NOTABLE = 3e3;
var MAX_REFUSALS = 8;
var TRANSIENT = /* @__PURE__ */ new Set([0, 408, 423, 425, 429, 500, 502, 503, 504]);
var UploadError = class extends Error {
  constructor(status, sentence2, retryAfter = 0) {
    super(sentence2);
    this.status = status;
    this.retryAfter = retryAfter;
  }
};
var Upload = class extends EventTarget {
  #roomName;
  #file;
  #partBytes;
  #signal;
  #offset = 0;
  #wake = () => {
  };
  sent = 0;
  waiting = "";
  id;
  constructor({ roomName: roomName2, file, partBytes, id, signal }) {
    super();
    this.#roomName = roomName2;
    this.#file = file;
    this.#partBytes = partBytes;
    this.#signal = signal;
    this.id = id;
  }
  async run() {
    let attempts = 0;
    let refusals = 0;
    let restarted = false;
    let conflict = null;
    for (; ; ) {
      try {
        const before = this.#offset;
        if (this.id) await this.#locate();
        else await this.#create();
        if (conflict && this.#offset === before) throw conflict;
        conflict = null;
        while (this.#offset < this.#file.size) {
          await this.#sendPart();
          attempts = refusals = 0;
        }
        return await this.#finished();
      } catch (error) {
        if (!(error instanceof UploadError) || this.#signal.aborted || error === conflict) throw error;
        if (error.status === 409 && this.id) {
          conflict = error;
        } else if (error.status === 404 && this.id && !restarted) {
          restarted = true;
          this.id = void 0;
        } else {
          if (error.status) refusals++;
          if (!TRANSIENT.has(error.status) || refusals > MAX_REFUSALS) throw error;
          await this.#pause(error, attempts++);
        }
      }
    }
  }
  retryNow() {
    this.#wake();
  }
  async #create() {
    const name = btoa(String.fromCharCode(...new TextEncoder().encode(this.#file.name)));
    const answer = await this.#exchange("POST", `/api/rooms/${encodeURIComponent(this.#roomName)}/uploads/`, { headers: {
    "Upload-Length": String(this.#file.size), "Upload-Metadata": `filename ${name}` } });
    this.id = JSON.parse(answer.responseText).id;
    this.#moved(0);
    this.dispatchEvent(new Event("created"));
  }
  async #locate() {
    const answer = await this.#exchange("HEAD", this.#path);
    this.#moved(Number(answer.getResponseHeader("Upload-Offset")));
  }
  async #sendPart() {
    const offset = this.#offset;
    let part;
    try {
      part = await this.#file.slice(offset, offset + this.#partBytes).arrayBuffer();
    } catch {
      throw new UploadError(400, gettext("The file has changed or can't be read any more. Attach it again."));
    }
    const answer = await this.#exchange("PATCH", this.#path, { headers: { "Content-Type": "application/offset+octet-stre\
am", "Upload-Offset": String(offset) }, body: part, onProgress: (bytes) => this.#show(offset + bytes) });
    this.#moved(Number(answer.getResponseHeader("Upload-Offset")));
  }
  async #finished() {
    return JSON.parse((await this.#exchange("GET", this.#path)).responseText).attachment;
  }
  get #path() {
    return `/api/uploads/${this.id}/`;
  }
  #moved(offset) {
    this.#offset = offset;
    this.#show(offset);
  }
  #show(sent, waiting = "") {
    this.sent = Math.min(sent, this.#file.size);
    this.waiting = waiting;
    this.dispatchEvent(new Event("progress"));
  }
  #pause({ message, retryAfter }, attempts) {
    const delay = retryAfter * 1e3 || (navigator.onLine ? Math.min(FIRST_DELAY * 2 ** attempts, MAX_DELAY) : MAX_DELAY);
    this.#show(this.#offset, delay < NOTABLE ? "" : message);
    return new Promise((resolve, reject) => {
      const timer3 = setTimeout(() => this.#wake(), delay);
      const stop = () => reject(new UploadError(0, ""));
      this.#wake = () => {
        clearTimeout(timer3);
        removeEventListener("online", this.#wake);
        this.#signal.removeEventListener("abort", stop);
        resolve();
      };
      addEventListener("online", this.#wake);
      this.#signal.addEventListener("abort", stop);
    });
  }
  #exchange(method, path, { headers = {}, body = null, onProgress = () => {
  } } = {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let timer3 = 0;
      const watch = (patience = STALLED) => {
        clearTimeout(timer3);
        timer3 = setTimeout(() => request.abort(), patience);
      };
      const stop = () => request.abort();
      request.upload.onprogress = ({ loaded }) => {
        watch();
        onProgress(loaded);
      };
      request.upload.onload = () => watch(EXAMINED);
      request.onloadend = () => {
        clearTimeout(timer3);
        this.#signal.removeEventListener("abort", stop);
        if (request.status >= 200 && request.status < 300) resolve(request);
        else reject(errorOf(request));
      };
      request.open(method, path);
      const common = { Accept: "application/json", "Tus-Resumable": "1.0.0", "X-CSRFToken": csrfToken() };
      for (const [name, value] of Object.entries({ ...common, ...headers })) request.setRequestHeader(name, value);
      this.#signal.addEventListener("abort", stop);
      watch();
      request.send(body);
      if (this.#signal.aborted) stop();
    });
  }
};
function errorOf(request) {
  const { status } = request;
  if (!status) return new UploadError(0, gettext("No connection. Retrying\u2026"));
  if (status === 401) return new UploadError(401, SIGNED_OUT);
  const retryAfter = Number(request.getResponseHeader("Retry-After")) || 0;
  return new UploadError(status, sentenceOf(request), retryAfter);
}
function sentenceOf({ status, responseText }) {
  try {
    return JSON.parse(responseText).detail.replace(/^[\w-]+: /, "");
  } catch {
    return status === 413 ? gettext("The file is too large.") : gettext("The server can't take the file at the moment.");
  }
}
/*! js/draft_files.js e4d1dcdd3125c453 */
var AT_ONCE = 1;
var LOST = gettext("The upload was interrupted, and the browser has not kept the file. Attach it again.");
var DraftFiles = class extends EventTarget {
  #drafts;
  #roomName;
  #limits;
  #known = /* @__PURE__ */ new Map();
  constructor({ drafts: drafts2, roomName: roomName2, limits }) {
    super();
    this.#drafts = drafts2;
    this.#roomName = roomName2;
    this.#limits = limits;
    drafts2.addEventListener("changed", () => this.#update());
    document.addEventListener("visibilitychange", () => this.#start());
    addEventListener("beforeunload", (event) => this.#losing && event.preventDefault());
    this.#start();
  }
  get items() {
    return this.#drafts.message.files.map((file) => {
      const { file: content, upload, problem = "", preview } = this.#known.get(file.key) ?? {};
      return { ...file, ...file.attachment && { name: file.attachment.name }, sent: upload?.sent ?? 0, waiting: Boolean(
      upload?.waiting), problem: file.attachment ? "" : problem || (upload?.waiting ?? ""), mayRetry: Boolean(content), preview: preview ??
      file.attachment?.thumbnail?.url ?? "" };
    });
  }
  get unfinished() {
    return this.#drafts.message.files.some((file) => !file.attachment);
  }
  get failed() {
    return this.items.some((file) => file.problem && !file.waiting);
  }
  get #losing() {
    return this.#drafts.message.files.some(({ key, attachment }) => !attachment && this.#known.get(key)?.fleeting);
  }
  add(files3) {
    const { max_bytes, max_count } = this.#limits;
    const problems = [];
    for (const file of files3) {
      const { files: others } = this.#drafts.message;
      if (others.length >= max_count) {
        problems.push(interpolate(ngettext("A message can have at most %(count)s file.", "A message can have at most %(c\
ount)s files.", max_count), { count: max_count }));
        break;
      }
      if (file.size > max_bytes) problems.push(interpolate(gettext("%(name)s is too large: %(size)s. Files can have at m\
ost %(limit)s."), { name: file.name, size: fileSize(file.size), limit: fileSize(max_bytes) }));
      else if (!file.size) problems.push(interpolate(gettext("%(name)s is empty."), { name: file.name }));
      else this.#addOne(file, others);
    }
    this.#update();
    this.#start();
    return problems.join(" ");
  }
  #addOne(file, others) {
    const { name, size, type } = file;
    const key = newClientId();
    this.#drafts.keep({ files: [...others, { key, name, size, type }] });
    const known = this.#knownOf(key);
    known.fleeting = true;
    showPreview(known, file);
    keep(key, file).then((kept) => known.fleeting = !kept);
  }
  remove(key) {
    const { files: files3 } = this.#drafts.message;
    const id = files3.find((file) => file.key === key)?.id;
    this.#drafts.keep({ files: files3.filter((file) => file.key !== key) });
    drop(key);
    if (id) callApi("DELETE", `uploads/${id}/`).catch(() => {
    });
    this.#update();
    this.#start();
  }
  retry(key) {
    const known = this.#known.get(key);
    if (!known) return;
    known.upload?.retryNow();
    known.problem = void 0;
    this.#update();
    this.#start();
  }
  take() {
    const attachments = this.#drafts.message.files.map(({ attachment }) => attachment);
    this.#drafts.keep({ files: [] });
    this.#update();
    return attachments.filter(Boolean);
  }
  #update() {
    const keys2 = new Set(this.#drafts.message.files.map(({ key }) => key));
    for (const [key, known] of this.#known) {
      if (keys2.has(key)) continue;
      known.running?.abort();
      if (known.preview) URL.revokeObjectURL(known.preview);
      this.#known.delete(key);
    }
    this.#changed();
  }
  #changed() {
    this.dispatchEvent(new Event("changed"));
  }
  #knownOf(key) {
    const known = this.#known.get(key) ?? {};
    this.#known.set(key, known);
    return known;
  }
  #start() {
    for (const { key, attachment } of this.#drafts.message.files) {
      const running = [...this.#known.values()].filter((known2) => known2.running).length;
      if (running >= AT_ONCE) return;
      const known = this.#known.get(key);
      if (!attachment && !known?.running && !known?.problem) this.#run(key);
    }
  }
  async #run(key) {
    const known = this.#knownOf(key);
    known.running = new AbortController();
    const { signal } = known.running;
    try {
      await alone(`parlor:upload:${key}`, signal, () => this.#transfer(key, known, signal));
    } catch (error) {
      known.problem = error instanceof UploadError ? error.message : LOST;
    }
    known.running = known.upload = void 0;
    if (signal.aborted) return;
    this.#changed();
    this.#start();
  }
  async #transfer(key, known, signal) {
    const draft = this.#drafts.message.files.find((file2) => file2.key === key);
    if (!draft || draft.attachment) return;
    const file = known.file ?? await read2(key);
    if (!file) throw new UploadError(0, LOST);
    if (signal.aborted) return;
    if (!known.file) showPreview(known, file);
    const { part_bytes: partBytes } = this.#limits;
    const upload = new Upload({ roomName: this.#roomName, file, partBytes, id: draft.id, signal });
    known.upload = upload;
    upload.addEventListener("created", () => this.#drafts.keepFile(key, { id: upload.id }));
    upload.addEventListener("progress", () => this.#changed());
    const attachment = await upload.run();
    if (signal.aborted) return;
    this.#drafts.keepFile(key, { id: upload.id, attachment });
    drop(key);
  }
};
function showPreview(known, file) {
  known.file = file;
  if (file.type.startsWith("image/")) known.preview = URL.createObjectURL(file);
}
async function alone(name, signal, action) {
  await (navigator.locks ? navigator.locks.request(name, { signal }, action) : action());
}
/*! js/drafts.js 7fb2221282ca55bb */
var EMPTY = Object.freeze({ content: "", reply: null, files: [] });
var Drafts = class extends EventTarget {
  #message;
  #edit;
  constructor(userId, roomName2) {
    super();
    this.#message = prefix("draft", userId) + roomName2;
    this.#edit = `${prefix("edit", userId)}${roomName2}:`;
    if (parse(this.#message)?.reply?.excerpt !== void 0) this.keep({});
    onChange((key) => {
      if (key === this.#message || key.startsWith(this.#edit)) this.dispatchEvent(new Event("changed"));
    });
  }
  get message() {
    const { content, reply, files: files3 } = { ...EMPTY, ...parse(this.#message) };
    return { content, reply: reply && { seq: reply.seq }, files: files3 };
  }
  keep(parts) {
    const message = { ...this.message, ...parts };
    if (message.content || message.reply || message.files.length) write(this.#message, JSON.stringify(message));
    else remove(this.#message);
  }
  keepFile(key, parts) {
    const { files: files3 } = this.message;
    if (!files3.some((file) => file.key === key)) return;
    this.keep({ files: files3.map((file) => file.key === key ? { ...file, ...parts } : file) });
  }
  edit(id) {
    return parse(this.#edit + id);
  }
  keepEdit(id, parts) {
    write(this.#edit + id, JSON.stringify({ ...this.edit(id), ...parts }));
  }
  dropEdit(id) {
    remove(this.#edit + id);
  }
  get edited() {
    return keys(this.#edit).map((key) => key.slice(this.#edit.length));
  }
};
function fileKeys(userId) {
  const drafts2 = keys(prefix("draft", userId)).map(parse);
  return drafts2.flatMap((draft) => (draft?.files ?? []).map((file) => file.key));
}
function parse(key) {
  try {
    return JSON.parse(read(key));
  } catch {
    return null;
  }
}
/*! js/message_errors.js 629da70651878281 */
var template = document.getElementById("trouble-template");
function showError(message, what, { sentence: sentence2, yours = void 0, choices }) {
  clearError(message, what);
  const error = template.content.firstElementChild.cloneNode(true);
  error.dataset.what = what;
  error.querySelector(".message-trouble-text").textContent = sentence2;
  const text = error.querySelector(".message-trouble-yours");
  if (yours === void 0) text.remove();
  else text.textContent = yours;
  for (const [label2, callback] of choices) {
    const button = Object.assign(document.createElement("button"), { className: "link-button", type: "button", textContent: label2 });
    button.addEventListener("click", () => {
      error.remove();
      callback();
    });
    error.append(" ", button);
  }
  message.append(error);
}
function clearError(message, what) {
  message?.querySelector(`.message-trouble[data-what="${what}"]`)?.remove();
}
/*! js/edits.js 30c86ef37d368236 */
var LOST2 = gettext("The message you were editing was deleted.");
var KEPT = gettext("The message you were editing was deleted. Your text is kept as a new message.");
var Edits = class {
  #socket;
  #roomName;
  #drafts;
  #composer;
  #outbox;
  #list;
  #conversation;
  #saving = /* @__PURE__ */ new Map();
  constructor({ socket: socket2, roomName: roomName2, drafts: drafts2, composer: composer2, outbox: outbox2, list: list3,
  conversation: conversation2 }) {
    this.#socket = socket2;
    this.#roomName = roomName2;
    this.#drafts = drafts2;
    this.#composer = composer2;
    this.#outbox = outbox2;
    this.#list = list3;
    this.#conversation = conversation2;
    composer2.addEventListener("change", ({ detail }) => this.#save(detail.id, detail.content));
    composer2.addEventListener("discard", ({ detail }) => this.#clear(detail.id));
    composer2.addEventListener("recall", () => this.#recall());
    outbox2.addEventListener("sent", ({ detail }) => this.#acknowledged(detail.item.client_id, detail.ack));
    outbox2.addEventListener("unsaved", ({ detail }) => this.#unsaved(detail));
    this.#catchUp();
  }
  async #catchUp() {
    const ids = this.#drafts.edited.filter(isSeq);
    const messages = await Promise.all(ids.map((id) => this.#conversation.message(Number(id)).catch(() => null)));
    this.update(messages.filter(Boolean));
    for (const [index, id] of ids.entries()) {
      const { problem, content, theirs } = this.#drafts.edit(id) ?? {};
      if (problem) this.#showProblem(id, content, { sentence: problem, current: theirs === void 0 ? null : messages[index] });
    }
  }
  begin(message) {
    const { seq, clientId, content, version } = message.dataset;
    const hasFiles = attachmentsOf(message).length > 0;
    this.#composer.edit({ id: seq ?? clientId, content, version: Number(version) || void 0, hasFiles });
  }
  discard(id) {
    this.#drafts.dropEdit(id);
    this.#composer.show();
  }
  update(messages) {
    for (const wire of messages) {
      if (wire.client_id && this.#drafts.edit(wire.client_id)) this.#acknowledged(wire.client_id, wire);
      const id = String(wire.seq);
      const edit = this.#drafts.edit(id);
      if (wire.deleted) this.#lose(id);
      if (!edit || wire.deleted) continue;
      this.#drafts.keepEdit(id, { hasFiles: wire.attachments.length > 0 });
      if (wire.content === edit.base) this.#drafts.keepEdit(id, { version: wire.version, theirs: void 0 });
      else if (edit.content === edit.base) this.#drafts.keepEdit(id, { content: wire.content, ...baseOf(wire) });
      else if (edit.content === wire.content) this.#drafts.keepEdit(id, baseOf(wire));
      else this.#drafts.keepEdit(id, { theirs: wire.content });
    }
    this.#composer.show();
  }
  async #recall() {
    const message = this.#list.latestOwn;
    if (message && (!message.dataset.seq || !this.#conversation.detached)) return this.begin(message);
    try {
      const { seq, content, version, attachments } = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/m\
essages/mine/`);
      const hasFiles = attachments.length > 0;
      if (this.#composer.idle) this.#composer.edit({ id: String(seq), content, version, hasFiles });
    } catch (error) {
      const { status, message: sentence2 } = error;
      showToast(status === 404 ? gettext("You have no messages to edit here.") : sentence2);
    }
  }
  #save(id, content) {
    if (!isSeq(id)) return this.#changePending(id, content);
    const saving = (this.#saving.get(id) ?? Promise.resolve()).then(() => this.#request(id, content));
    this.#saving.set(id, saving);
    return saving;
  }
  #changePending(id, content) {
    if (!this.#outbox.change(id, content)) return this.#lose(id);
    this.#drafts.dropEdit(id);
    this.#conversation.keepPlace(() => this.#list.changePending(id, content));
    this.#composer.show();
  }
  async #request(id, content) {
    const message = this.#list.get(Number(id));
    this.#clear(id);
    message?.classList.add("message-saving");
    try {
      const base_version = this.#drafts.edit(id)?.version;
      const frame = { action: Action.EDIT_MESSAGE, room_name: this.#roomName, seq: Number(id), content, base_version };
      const ack = await this.#socket.act(frame);
      this.#saved(id, content, ack.version);
    } catch (error) {
      await this.#failed(id, content, error);
    } finally {
      message?.classList.remove("message-saving");
      this.#composer.show();
    }
  }
  #saved(id, content, version) {
    const edit = this.#drafts.edit(id);
    if (edit && this.#composer.editing !== id && edit.content === content) this.#drafts.dropEdit(id);
    else if (edit) this.#drafts.keepEdit(id, baseOf({ content, version }));
  }
  async #failed(id, content, error) {
    const edit = this.#drafts.edit(id);
    if (!edit) return;
    const current = [String(ErrorCode.CONFLICT), ErrorCode.NOT_FOUND].includes(error.code) ? await this.#conversation.message(
    Number(id)).catch(() => null) : null;
    if (current?.deleted) return this.#lose(id);
    const theirs = current && current.content !== edit.base ? current.content : void 0;
    this.#drafts.keepEdit(id, { problem: error.message, theirs, saving: void 0 });
    if (this.#composer.editing === id) this.#composer.showError(notSaved(error.message));
    else this.#showProblem(id, content, { sentence: error.message, current: theirs === void 0 ? null : current });
  }
  #showProblem(id, content, { sentence: sentence2, current }) {
    const message = this.#list.get(Number(id));
    if (!message) return;
    const retry = () => {
      if (current) this.#drafts.keepEdit(id, { version: current.version });
      this.#drafts.keepEdit(id, { problem: void 0, saving: Date.now() });
      this.#composer.show();
      this.#save(id, content);
    };
    const edit = () => this.begin(message);
    const cancel = () => {
      this.discard(id);
      this.#composer.focus();
    };
    const conflict = gettext("Edit not saved: this message was edited on another device, as shown above. Your edit:");
    this.#conversation.keepPlace(() => showError(message, "edit", { sentence: current ? conflict : notSaved(sentence2), yours: content,
    choices: [[current ? gettext("Save anyway") : gettext("Retry"), retry], [gettext("Edit"), edit], [gettext("Cancel"),
    cancel]] }));
  }
  #clear(id) {
    this.#conversation.keepPlace(() => clearError(this.#list.get(Number(id)), "edit"));
  }
  #acknowledged(clientId, { seq, version }) {
    const edit = this.#drafts.edit(clientId);
    if (!edit) return;
    this.#drafts.dropEdit(clientId);
    this.#drafts.keepEdit(String(seq), { ...edit, version });
    this.#composer.rename(clientId, String(seq));
    this.#composer.show();
  }
  #unsaved({ item, ack, error }) {
    if (item.room_name !== this.#roomName) return;
    const id = String(ack.seq);
    this.#drafts.keepEdit(id, { content: item.edited, ...baseOf({ content: item.content, version: ack.version }), problem: error.
    message, hasFiles: Boolean(item.attachments?.length) });
    this.#composer.show();
  }
  #lose(id) {
    const edit = this.#drafts.edit(id);
    if (!edit) {
      if (this.#composer.wasEditing(id)) this.#composer.showHint(this.#drafts.message.content ? KEPT : LOST2);
      return;
    }
    this.#drafts.dropEdit(id);
    this.#clear(id);
    const kept = edit.content.trim() && edit.content !== edit.base;
    const { content } = this.#drafts.message;
    if (kept) this.#drafts.keep({ content: content ? `${content.trimEnd()}
${edit.content}` : edit.content });
    this.#composer.show();
    this.#composer.showHint(kept ? KEPT : LOST2);
  }
};
function isSeq(id) {
  return /^\d+$/.test(id);
}
function baseOf({ content, version }) {
  return { base: content, version, theirs: void 0 };
}
function notSaved(problem) {
  return interpolate(gettext("Edit not saved. %(problem)s"), { problem });
}
/*! js/file_input.js 1ca10bb78ff47f4f */
function attachFileInput(composer2, overlay, { add, refuse }) {
  const input = composer2.querySelector("input[type=file]");
  composer2.querySelector("[data-do=attach]").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    add([...input.files ?? []]);
    input.value = "";
  });
  addEventListener("paste", (event) => {
    const { clipboardData } = event;
    const target2 = event.target;
    const inComposer = composer2.contains(target2);
    const elsewhere = target2.closest("input, textarea, dialog") && !inComposer;
    if (!clipboardData?.files.length || elsewhere || composer2.hidden || isText(clipboardData)) return;
    event.preventDefault();
    add([...clipboardData.files]);
  });
  let inside = false;
  addEventListener("dragstart", () => inside = true);
  addEventListener("dragend", () => inside = false);
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    addEventListener(name, (event) => {
      if (!(event instanceof DragEvent) || !event.dataTransfer?.types.includes("Files") || inside) return;
      event.preventDefault();
      const open2 = !composer2.hidden && !document.querySelector("dialog[open], dialog:popover-open");
      if (!open2) event.dataTransfer.dropEffect = "none";
      overlay.hidden = !open2 || name === "drop" || name === "dragleave" && !event.relatedTarget;
      if (name === "drop" && open2) drop2(event.dataTransfer);
    });
  }
  function drop2(data) {
    const folders = [...data.items].filter((item) => item.webkitGetAsEntry?.()?.isDirectory).length;
    const files3 = [...data.items].filter((item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory).map(
    (item) => item.getAsFile()).filter((file) => file !== null);
    if (files3.length) add(files3);
    if (folders) refuse(gettext("Folders can't be attached. Attach the files in them."));
  }
}
function isText(data) {
  const names2 = [...data.files].map((file) => file.name);
  const lines = data.getData("text/plain").split(/\r?\n/);
  return lines.some((line3) => line3.trim() && !names2.includes(line3.trim().replace(/^.*[/\\]/, "")));
}
/*! js/file_tray.js f0927828ff6b7567 */
var template2 = document.getElementById("tray-template");
var FileTray = class {
  #list;
  #said;
  #files;
  #shown = /* @__PURE__ */ new Map();
  constructor(list3, said, files3) {
    this.#list = list3;
    this.#said = said;
    this.#files = files3;
    files3.addEventListener("changed", () => this.#show());
    list3.addEventListener("click", ({ target: target2 }) => {
      const button = target2.closest("button");
      const key = target2.closest("li")?.dataset.key;
      if (!button || !key) return;
      if (button.matches(".tray-remove")) files3.remove(key);
      else files3.retry(key);
    });
    this.#show();
  }
  #show() {
    const items = this.#files.items;
    const keys2 = new Set(items.map(({ key }) => key));
    for (const [key, { element: element5 }] of this.#shown) {
      if (keys2.has(key)) continue;
      element5.remove();
      this.#shown.delete(key);
    }
    const added = items.filter(({ key }) => !this.#shown.has(key));
    for (const item of items) {
      const shown = this.#shown.get(item.key) ?? this.#add(item);
      fill(shown.element, item);
      const state = stateOf(item);
      if (state !== shown.state) this.#announce(item, state);
      if (state === "failed" && state !== shown.state) shown.element.scrollIntoView({ block: "nearest", inline: "nearest" });
      shown.state = state;
    }
    this.#list.hidden = !items.length;
    if (!added.length) return;
    this.#list.scrollLeft = this.#list.scrollWidth;
    const uploading = added.filter((item) => stateOf(item) === "uploading");
    const count = uploading.length;
    if (count > 1) this.#said.textContent = interpolate(ngettext("Uploading %(count)s file.", "Uploading %(count)s files\
.", count), { count });
    else if (count) this.#said.textContent = interpolate(gettext("Uploading %(name)s."), { name: uploading[0].name });
  }
  #add(item) {
    const element5 = document.importNode(template2.content.firstElementChild, true);
    element5.dataset.key = item.key;
    const picture = element5.querySelector("img");
    picture.addEventListener("error", () => picture.hidden = true);
    this.#list.append(element5);
    const shown = { element: element5, state: stateOf(item) };
    this.#shown.set(item.key, shown);
    return shown;
  }
  #announce({ name, problem }, state) {
    if (state === "done") this.#said.textContent = interpolate(gettext("%(name)s uploaded."), { name });
    else if (state === "failed") this.#said.textContent = interpolate(gettext("%(name)s not uploaded. %(problem)s"), { name,
    problem: problem ?? "" });
  }
};
function stateOf({ attachment, problem, waiting }) {
  if (attachment) return "done";
  return problem && !waiting ? "failed" : "uploading";
}
function fill(element5, item) {
  const { name, size, sent, problem, mayRetry, preview } = item;
  const state = stateOf(item);
  element5.classList.toggle("tray-failed", state === "failed");
  const picture = element5.querySelector("img");
  if (preview && picture.getAttribute("src") !== preview) {
    picture.src = preview;
    picture.hidden = false;
  }
  element5.querySelector(".tray-label").textContent = fileLabel(name);
  element5.querySelector(".tray-name").textContent = name;
  element5.title = name;
  const facts = element5.querySelector(".tray-facts");
  facts.textContent = problem || (state === "uploading" && sent === size ? gettext("Processing\u2026") : fileSize(size));
  const progress = element5.querySelector("progress");
  progress.hidden = state !== "uploading";
  progress.value = sent;
  progress.max = size;
  progress.setAttribute("aria-label", interpolate(gettext("Uploading %(name)s"), { name }));
  const retry = element5.querySelector(".tray-retry");
  retry.hidden = !problem || !mayRetry;
  retry.setAttribute("aria-label", interpolate(gettext("Retry %(name)s"), { name }));
  element5.querySelector(".tray-remove").setAttribute("aria-label", interpolate(gettext("Remove %(name)s"), { name }));
}
/*! js/focus.js f9a75776c77796f0 */
var FOCUSABLE = "a[href], button, input, textarea, select, summary, [tabindex]";
var trail = [];
function attachFocus() {
  document.addEventListener("focusin", ({ target: target2 }) => trail = trailOf(target2));
  document.addEventListener("focusout", ({ relatedTarget }) => relatedTarget || setTimeout(restoreFocus));
  const changes = { subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "open"] };
  new MutationObserver(() => setTimeout(restoreFocus)).observe(document.body, changes);
}
function trailOf(element5) {
  const steps = [];
  for (let each = element5; each && each !== document.body; each = each.parentElement) {
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
  const composer2 = document.querySelector("#composer textarea");
  return [composer2, document.getElementById("scroller"), document.getElementById("main")].find(takesFocus);
}
function firstIn(element5) {
  if (!element5?.isConnected) return void 0;
  return [element5, ...element5.querySelectorAll(FOCUSABLE)].find(takesFocus);
}
function takesFocus(element5) {
  if (!element5?.isConnected || !element5.matches(FOCUSABLE)) return false;
  return !element5.disabled && element5.checkVisibility();
}
/*! js/title.js dd1c8eb958b537a9 */
var icon = document.getElementById("icon");
var plainIcon = icon.href;
var place = document.title;
var unread = 0;
function setPlace(title) {
  place = `${title} \xB7 Parlor`;
  show();
}
function setUnread(count) {
  unread = count;
  show();
}
function show() {
  document.title = unread ? `(${unread > 99 ? "99+" : unread}) ${place}` : place;
  const wanted = unread ? new URL(icon.dataset.unread, location.href).href : plainIcon;
  if (icon.href !== wanted) icon.href = wanted;
}
/*! js/foot.js 396c1fa3268bcd7a */
function showState(state) {
  const focused = document.activeElement?.closest(".foot [data-state]");
  for (const part of document.querySelectorAll(".foot [data-state]")) part.hidden = part.dataset.state !== state;
  showKept();
  if (focused?.hidden) document.getElementById("scroller").focus({ preventScroll: true });
}
function showKept() {
  const typed = document.getElementById("content").value;
  document.getElementById("kept-text").value = typed;
  document.getElementById("kept").hidden = !document.getElementById("composer").hidden || !typed.trim();
}
function keepTitle(room, before) {
  return room.kind === "direct" && !room.title ? { ...room, title: before.title } : room;
}
function visibilityNotice(room, before) {
  if (room.guests !== "none" && room.guests !== before.guests) return gettext("This room is now open to guests (people w\
ithout an account)");
  return room.kind === "open" && before.kind === "private" ? gettext("This room is now public: everybody on this server \
can read all of it") : "";
}
function showRoom(room, role) {
  document.getElementById("room-title").textContent = room.title || room.name;
  document.getElementById("room-description").textContent = room.description;
  setPlace(room.title || room.name);
  if (room.closed) showState("closed");
  else showState(role ? "write" : "join");
}
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
/*! js/leaving.js 182a4fabafa30826 */
var CLEARING = 2e3;
function attachSignOut(userId, socket2) {
  clearOthers(userId);
  keepOnly(() => fileKeys(userId));
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
/*! js/lazy.js 97cb121f461717ca */
async function loadScript(id) {
  try {
    return await import(document.getElementById(id).dataset.script);
  } catch {
    showToast(gettext("Can't reach the server. Try again in a moment."));
    return null;
  }
}
/*! js/fragments.js 499d4f810b60aff6 */
async function fetchPage(address) {
  try {
    const response = await fetch(address);
    return response.ok && !response.redirected ? parseOwnPage(await response.text()) : null;
  } catch {
    return null;
  }
}
/*! js/people_field.js 8e98340d883e50b8 */
var DEBOUNCE2 = 150;
var MAX_SUGGESTIONS = 8;
function attachPeopleFields(root = document) {
  for (const field of root.querySelectorAll("input[data-people]:not([list])")) attach(field);
}
function attach(field) {
  const list3 = document.createElement("datalist");
  list3.id = `${field.id}-people`;
  field.after(list3);
  field.setAttribute("list", list3.id);
  let timer3 = 0;
  let latest = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer3);
    timer3 = setTimeout(suggest, DEBOUNCE2);
  });
  async function suggest() {
    const request = ++latest;
    const found = await find(field);
    if (request !== latest || !found) return;
    list3.replaceChildren(...found.people.map(({ user_name, display_name }) => {
      const option = document.createElement("option");
      option.value = found.before + user_name;
      option.label = `${found.before}${display_name} @${user_name}`;
      return option;
    }));
  }
}
async function find(field) {
  for (const [before, typed] of interpretations(field)) {
    const people2 = typed ? await search(typed, MAX_SUGGESTIONS) : [];
    if (people2?.length !== 0) return people2 && { before, people: people2 };
  }
  return { before: "", people: [] };
}
function interpretations({ dataset, value }) {
  if (dataset.people !== "several") return [["", value.trim().replace(/^@/, "")]];
  return [/^(.*[,،、，]\s*)?@?(.*)$/su, /^(.*[\s,،、，])?@?(.*)$/su].map((pattern) => {
    const [, before, typed] = pattern.exec(value);
    return [before ?? "", typed.trim()];
  });
}
function search(words, limit) {
  const query = new URLSearchParams({ search: words, limit: String(limit) });
  return callApi("GET", `people/?${query}`).then(({ results }) => results, () => null);
}
/*! js/person_links.js 4827c63b514a3504 */
function attachPersonLinks(roomName2) {
  document.addEventListener("click", (event) => {
    const link = linkAt(event.target);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openCard(link, roomName2);
  });
}
async function openCard(link, roomName2) {
  const script = await loadScript("main");
  if (script) await script.showCard(link, roomName2);
}
function linkAt(clicked) {
  const picture = clicked.closest(".message > .avatar");
  if (picture) return picture.parentElement?.querySelector("a.message-author[href]");
  return clicked.closest("a:is(.message-author, .member-link, .mention)[href]");
}
function personPath(userName) {
  return `/people/${encodeURIComponent(userName)}/`;
}
/*! js/members.js 66947e55ab816429 */
var JITTER = 50;
var CROWD = 33;
var DEBOUNCE3 = 200;
var GRACE = 2e3;
var Members = class extends EventTarget {
  #aside;
  #address;
  #stale = false;
  #loading = false;
  #timer = 0;
  #quietTimer = 0;
  #words = "";
  #filtered = false;
  #pages = 1;
  #foot = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && this.#showMore());
  constructor(aside, roomName2) {
    super();
    this.#aside = aside;
    this.#address = `/rooms/${encodeURIComponent(roomName2)}/members/`;
    document.addEventListener("visibilitychange", () => this.#reloadLater());
    aside.addEventListener("acted", () => this.#reloadIn(0));
    aside.addEventListener("input", ({ target: target2 }) => target2.id === "members-filter" && this.#filter(target2.value.
    trim()));
    aside.addEventListener("click", ({ target: target2 }) => target2.id === "members-more" && this.#showMore());
    this.#watchFoot();
    this.#watchQuietHours();
  }
  markStale() {
    this.#stale = true;
    this.#reloadLater();
  }
  addJoined({ joined, member_count: count }) {
    const list3 = this.#aside.querySelector(".member-list");
    if (!this.#aside.hasAttribute("data-more")) {
      for (const person of joined) if (!this.#find(person.user_id)) list3.append(newMember(person));
    }
    this.#applyFilter();
    this.#aside.querySelector("#member-count").textContent = String(count);
    if (this.#aside.hasAttribute("data-moderates") || this.#loading) this.markStale();
    this.#announce();
  }
  checkPresent(ids) {
    if (this.#aside.hasAttribute("data-more")) return;
    const anyMissing = () => [...ids()].some((id) => !this.#find(id));
    if (anyMissing()) setTimeout(() => anyMissing() && this.markStale(), GRACE);
  }
  #find(userId) {
    return this.#aside.querySelector(`.member[data-user-id="${userId}"]`);
  }
  #reloadLater() {
    const count = this.#aside.hasAttribute("data-moderates") ? 2 : this.#aside.querySelectorAll(".member").length;
    if (this.#stale) this.#reloadIn(100 + Math.random() * JITTER * count * Math.max(1, count / CROWD));
  }
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
    if (this.#loading) return;
    this.#stale = false;
    this.#loading = true;
    const fresh = (await fetchPage(this.#url))?.getElementById("members");
    const script = fresh && await import(this.#aside.dataset.script).catch(() => null);
    this.#loading = false;
    if (script) this.#show(fresh, script.morph);
    else if (fresh) this.#stale = true;
    if (this.#stale) this.#reloadLater();
  }
  #show(fresh, morph) {
    morph(this.#aside, fresh);
    attachPeopleFields(this.#aside);
    this.#applyFilter();
    this.#watchFoot();
    this.#watchQuietHours();
    this.#announce();
  }
  #filter(words) {
    const complete = !this.#aside.hasAttribute("data-more");
    this.#words = words;
    this.#pages = 1;
    this.#applyFilter();
    if (complete) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#stale = true;
    this.#reloadIn(DEBOUNCE3);
  }
  #applyFilter() {
    const plain2 = (text) => text.normalize("NFKC").toLowerCase();
    const words = plain2(this.#words).replace(/^@/, "");
    let found = 0;
    for (const member of this.#aside.querySelectorAll(".member")) {
      const name = member.querySelector(".member-name bdi");
      member.hidden = !plain2(`${name.textContent} ${name.title}`).includes(words);
      if (!member.hidden) found++;
    }
    const none = found ? "" : gettext("No results");
    const line3 = this.#aside.querySelector("#members-none");
    if (line3.textContent !== none) line3.textContent = none;
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
};
function newMember(person) {
  const template6 = document.getElementById("member-template");
  const member = template6.content.firstElementChild.cloneNode(true);
  member.dataset.user = person.user_name;
  member.dataset.userId = String(person.user_id);
  member.querySelector(".signs").dataset.signsOf = String(person.user_id);
  showAvatar(member.querySelector(".avatar"), person);
  const name = member.querySelector(".member-name bdi");
  name.textContent = person.display_name;
  name.title = `@${person.user_name}`;
  member.querySelector(".member-link").setAttribute("href", personPath(person.user_name));
  member.querySelector("summary")?.setAttribute("aria-label", interpolate(gettext("Actions for %(name)s"), { name: person.
  display_name }));
  for (const field of member.querySelectorAll("input[name^=user_name]")) field.value = person.user_name;
  return member;
}
/*! js/links.js 7d81d9efca66c892 */
var MAX_LENGTH = 64;
var HEAD = 40;
var TAIL = 16;
var ADDRESS = /^(https?:\/\/|www\.)\S+$/i;
function prepareLinks(element5) {
  for (const each of element5.querySelectorAll(".message-body a[href]")) {
    const link = each;
    if (/^https?:$/.test(link.protocol) && link.host !== location.host) link.target = "_blank";
    const text = [...link.textContent];
    if (text.length > MAX_LENGTH && !link.childElementCount && ADDRESS.test(link.textContent)) shorten(link, text);
  }
}
function shorten(link, text) {
  const parts = [text.slice(0, HEAD), text.slice(HEAD, -TAIL), text.slice(-TAIL)].map((part) => part.join(""));
  const [head, middle, tail] = ["link-head", "link-middle", "link-tail"].map((name, index) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = parts[index];
    return span;
  });
  link.title ||= link.href;
  link.replaceChildren(head, middle, tail);
}
/*! js/preview_loader.js be3d86dea14e427d */
var SOME = '.message-previews, .message-body a[href*="?message="]';
var files = null;
var list;
var loading;
function attachPreviews(log, page2, conversation2) {
  files = page2.previews;
  list = conversation2;
  for (const message of log.children) showPreviews(message);
}
function showPreviews(element5, previews) {
  if (!files || !previews?.length && !element5.querySelector(SOME)) return;
  const { script, style } = files;
  loading ??= import(script);
  loading.then(({ show: show3 }) => show3(element5, previews, style, list));
}
/*! js/quotes.js c08da68f76cc9b80 */
var MAX_EXCERPT = 140;
var template3 = document.getElementById("quote-template");
function renderQuote(element5, original) {
  const bubble = element5.querySelector(".message-bubble");
  let quote = bubble.querySelector(":scope > .message-quote");
  if (!original) {
    quote?.remove();
    return;
  }
  if (!quote) {
    quote = template3.content.firstElementChild.cloneNode(true);
    bubble.prepend(quote);
  }
  quote.setAttribute("href", `?message=${original.seq}`);
  quote.dataset.original = String(original.seq);
  quote.dataset.authorId = String(original.user_id ?? "");
  quote.querySelector(".message-quote-author").textContent = original.display_name;
  setText(quote, original);
}
function updateQuotes(log, wire) {
  const quotes = log.querySelectorAll(`.message-quote[data-original="${wire.seq}"]`);
  for (const quote of quotes) setText(quote, quoteOfWire(wire));
}
function quoteOfWire({ seq, user_id, user_name, display_name, deleted, html, attachments }) {
  const excerpt = shortened(plainText(html) || namesOf(attachments));
  return { seq, user_id, user_name, display_name, deleted: Boolean(deleted), excerpt };
}
function quoteOf(element5) {
  return { seq: Number(element5.dataset.seq), user_id: element5.dataset.userId ? Number(element5.dataset.userId) : null,
  user_name: element5.dataset.user, display_name: element5.querySelector(".message-author").textContent, deleted: element5.
  classList.contains("message-deleted"), excerpt: shortened(element5.querySelector(".message-body").textContent.trim() ||
  namesOf(attachmentsOf(element5))) };
}
function setText(quote, { deleted, excerpt = "" }) {
  quote.classList.toggle("message-quote-deleted", Boolean(deleted));
  quote.querySelector(".message-quote-text").textContent = deleted ? gettext("This message was deleted.") : excerpt;
}
function shortened(words) {
  const text = [...words.replace(/\s+/g, " ").trim()];
  return text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT - 1).join("").trimEnd()}\u2026` : text.join("");
}
/*! js/reactions.js de321e7a4e84b208 */
var MAX_NAMES = 20;
var template4 = document.getElementById("reaction-template");
function renderReactions(element5, reactions, me) {
  const row = element5.querySelector(".message-reactions");
  const wanted = new Set(reactions.map(({ emoji }) => emoji));
  const known = /* @__PURE__ */ new Map();
  for (const item of [...row.children]) {
    const { emoji } = item.querySelector("button").dataset;
    if (wanted.has(emoji)) known.set(emoji, item);
    else item.remove();
  }
  let place2 = row.firstElementChild;
  for (const reaction of reactions) {
    const item = known.get(reaction.emoji) ?? template4.content.firstElementChild.cloneNode(true);
    if (place2 && item === place2) place2 = place2.nextElementSibling;
    else row.insertBefore(item, place2);
    fill2(item.querySelector("button"), reaction, me);
  }
}
function reactionsOf(element5) {
  return [...element5.querySelectorAll(".reaction")].map(reactionOf);
}
function isAmong(people2, { user_id }) {
  return people2.some((one) => one.user_id === user_id);
}
function toggled(reactions, emoji, { user_id, user_name, display_name }) {
  const me = { user_id, user_name, display_name };
  const before = reactions.find((reaction) => reaction.emoji === emoji);
  if (!before) return [...reactions, { emoji, people: [me] }];
  const others = before.people.filter((one) => one.user_id !== user_id);
  const after = isAmong(before.people, me) ? others : [...others, me];
  return reactions.map((reaction) => reaction === before ? { emoji, people: after } : reaction).filter((reaction) => reaction.
  people.length);
}
function renamePerson(button, person, me) {
  const { emoji, people: people2 } = reactionOf(button);
  const { user_id, user_name, display_name } = person;
  if (!isAmong(people2, person)) return;
  fill2(button, { emoji, people: people2.map((one) => one.user_id === user_id ? { user_id, user_name, display_name } : one) },
  me);
}
function reactionOf({ dataset }) {
  return { emoji: dataset.emoji, people: JSON.parse(dataset.people) };
}
function fill2(button, { emoji, people: people2 }, me) {
  button.dataset.emoji = emoji;
  button.dataset.people = JSON.stringify(people2);
  button.setAttribute("aria-pressed", String(isAmong(people2, me)));
  button.title = namesOf2(people2, me);
  button.querySelector(".reaction-emoji").textContent = emoji;
  button.querySelector(".reaction-count").textContent = String(people2.length);
}
function namesOf2(people2, me) {
  const names2 = people2.slice(0, MAX_NAMES).map((one) => one.user_id === me.user_id ? gettext("you") : one.display_name);
  const count = people2.length - MAX_NAMES;
  const list3 = names2.join(gettext(", "));
  if (count <= 0) return list3;
  return interpolate(ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", count), { names: list3, count });
}
/*! js/times.js f010d36fa53fd80e */
var clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "numeric", minute: "2-digit" });
var full = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "short" });
var dayAndTime = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
var weekdayAndTime = new Intl.DateTimeFormat(LANGUAGE, { weekday: "short", hour: "numeric", minute: "2-digit" });
var day = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
function showTime(element5, moment) {
  element5.textContent = clock.format(moment);
  element5.title = full.format(moment);
}
function momentText(moment) {
  return dayAndTime.format(moment);
}
function sameDay(one, other) {
  return one.toDateString() === other.toDateString();
}
function untilMidnight() {
  const now = /* @__PURE__ */ new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
}
function dayName(moment) {
  const today = /* @__PURE__ */ new Date();
  if (sameDay(moment, today)) return gettext("Today");
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  return sameDay(moment, yesterday) ? gettext("Yesterday") : day.format(moment);
}
/*! js/message.js 480b9343819db236 */
var template5 = document.getElementById("message-template");
var failureTemplate = document.getElementById("failure-template");
function newElement() {
  return template5.content.firstElementChild.cloneNode(true);
}
function isOwn({ user_id }, me) {
  return user_id !== null && user_id === me.user_id;
}
function renderMessage(wire, me, element5 = newElement()) {
  const own2 = isOwn(wire, me);
  element5.id = `message-${wire.seq}`;
  element5.dataset.seq = String(wire.seq);
  element5.dataset.version = String(wire.version);
  setAuthor(element5, wire, own2);
  setCreated(element5, wire.created_at);
  if (own2) element5.dataset.content = wire.content;
  element5.classList.remove("message-pending", "message-failed");
  element5.querySelector(".message-failure")?.remove();
  element5.classList.toggle("message-guest", Boolean(wire.guest));
  element5.classList.toggle("message-gone", wire.user_id === null && !wire.guest);
  element5.classList.toggle("message-edited", Boolean(wire.edited_at));
  element5.classList.toggle("message-deleted", Boolean(wire.deleted));
  element5.classList.toggle("message-saved", me.saved.has(wire.seq));
  renderPin(element5, wire.pinned);
  renderTasks(element5, wire);
  renderQuote(element5, wire.reply_to);
  const open2 = openBlocks(element5);
  setSanitisedHtml(element5.querySelector(".message-body"), wire.html);
  enhanceBody(element5, open2);
  renderAttachments(element5, wire.attachments);
  showPreviews(element5, wire.previews ?? []);
  const forMe = showMentions(element5, me) || Boolean(wire.reply_to && isOwn(wire.reply_to, me));
  element5.classList.toggle("message-mention", forMe && !own2);
  renderReactions(element5, wire.reactions, me);
  return element5;
}
function renderPending(item, me, original) {
  const element5 = newElement();
  element5.classList.add("message-pending");
  element5.dataset.clientId = item.client_id;
  delete element5.dataset.seq;
  setAuthor(element5, me, true);
  setCreated(element5, new Date(item.at).toISOString());
  renderPendingText(element5, item.edited ?? item.content);
  renderAttachments(element5, item.attachments ?? []);
  if (original) renderQuote(element5, quoteOf(original));
  if (item.failed) renderFailure(element5, item.failed);
  return element5;
}
function renderPendingText(element5, content) {
  element5.dataset.content = content;
  element5.querySelector(".message-body").textContent = content;
}
function renderFailure(element5, sentence2) {
  element5.querySelector(".message-failure")?.remove();
  element5.classList.add("message-failed");
  element5.append(failureTemplate.content.cloneNode(true));
  element5.querySelector(".message-failure-text").textContent = interpolate(gettext("Not sent. %(problem)s"), { problem: sentence2 });
}
function enhanceBody(element5, open2) {
  prepareLinks(element5);
  prepareCode(element5, open2);
  element5.querySelector(".message-author").tabIndex = -1;
  for (const part of element5.querySelectorAll(".message-body :is(pre, table)")) part.tabIndex = 0;
}
function renderPin(element5, pinned) {
  element5.classList.toggle("message-pinned", Boolean(pinned));
  const name = element5.querySelector(".message-pinned-mark bdi");
  name.dataset.userId = String(pinned?.by?.user_id ?? "");
  name.textContent = pinned?.by?.display_name ?? gettext("a deleted account");
}
function renderTasks(element5, { room_name, seq, open_tasks }) {
  element5.querySelector(".message-task-mark")?.remove();
  if (open_tasks === void 0) return;
  const mark = document.createElement("a");
  mark.className = "message-task-mark";
  mark.href = `/tasks/?room=${room_name}&message=${seq}`;
  const open2 = interpolate(ngettext("Open task", "%(count)s open tasks", open_tasks), { count: open_tasks });
  mark.textContent = open_tasks ? open2 : gettext("\u2713 Task done");
  element5.querySelector(".message-bubble").append(mark);
}
function setAuthor(element5, { user_id, user_name, display_name, avatar }, own2) {
  element5.dataset.user = user_name;
  element5.dataset.userId = String(user_id ?? "");
  element5.classList.toggle("message-own", own2);
  showAvatar(element5.querySelector(".avatar"), { user_id, user_name, display_name, avatar });
  const author = element5.querySelector(".message-author");
  author.textContent = display_name;
  author.title = `@${user_name}`;
  if (user_id) author.setAttribute("href", personPath(user_name));
  else author.removeAttribute("href");
}
function setCreated(element5, createdAt) {
  element5.dataset.created = createdAt;
  const time = element5.querySelector(".message-time");
  time.dateTime = createdAt;
  showTime(time, new Date(createdAt));
}
function showMentions(element5, me) {
  for (const mention of element5.querySelectorAll(".message-body .mention[data-user]")) {
    const link = document.createElement("a");
    link.className = "mention";
    link.classList.toggle("mention-me", mention.dataset.userId === String(me.user_id));
    link.href = personPath(mention.dataset.user);
    Object.assign(link.dataset, mention.dataset);
    link.textContent = mention.textContent;
    mention.replaceWith(link);
  }
  return Boolean(element5.querySelector(".message-body :is(.mention-me, .mention[data-mention])"));
}
/*! js/dialogs.js e384c868d880b2c2 */
var full2 = new Intl.DateTimeFormat(void 0, { dateStyle: "medium", timeStyle: "short" });
var element2 = (id) => document.getElementById(id);
var dialog2 = (id) => document.getElementById(id);
var Dialogs = class {
  #roomName;
  #tasks = null;
  #revisionsSeq = 0;
  constructor(roomName2) {
    this.#roomName = roomName2;
    for (const button of document.querySelectorAll("dialog [data-close]")) {
      button.addEventListener("click", () => button.closest("dialog")?.close());
    }
    element2("revisions").addEventListener("close", () => element2("revisions-list").replaceChildren());
  }
  messageChanged(quote) {
    if (quote.deleted && quote.seq === this.#revisionsSeq) dialog2("revisions").close();
    this.#tasks?.messageChanged(quote);
  }
  confirmDeletion(deleteMessage) {
    const question = dialog2("confirm-delete");
    question.returnValue = "";
    question.onclose = () => question.returnValue === "delete" && deleteMessage();
    question.showModal();
  }
  chooseFile(files3, deleteFile) {
    const question = dialog2("delete-file");
    const template6 = element2("delete-file-template");
    const items = files3.map(({ id, name }, place2) => {
      const item = document.importNode(template6.content.firstElementChild, true);
      const input = item.querySelector("input");
      input.value = id;
      input.checked = place2 === 0;
      item.querySelector("bdi").textContent = name;
      return item;
    });
    element2("delete-file-list").replaceChildren(...items);
    question.returnValue = "";
    question.onclose = () => {
      const chosen = question.querySelector("input:checked");
      if (question.returnValue === "delete") deleteFile(chosen.value);
    };
    question.showModal();
  }
  async createTask(quote) {
    this.#tasks ??= await loadScript("make-task");
    this.#tasks?.createTask(this.#roomName, quote);
  }
  async showRevisions(message) {
    const { seq, content } = message.dataset;
    this.#revisionsSeq = Number(seq);
    let page2;
    try {
      page2 = await callApi("GET", `rooms/${encodeURIComponent(this.#roomName)}/messages/${seq}/revisions/?limit=100`);
    } catch (error) {
      return showToast(error.message);
    }
    const now = content ?? message.querySelector(".message-body").innerText.trim();
    element2("revisions-list").replaceChildren(...page2.results.map(showRevision), showRevision({ content: now }));
    dialog2("revisions").showModal();
  }
};
function showRevision({ content, written_at: writtenAt = void 0 }) {
  const template6 = element2("revision-template");
  const item = template6.content.firstElementChild.cloneNode(true);
  item.querySelector(".revision-time").textContent = writtenAt ? full2.format(new Date(writtenAt)) : gettext("Now");
  item.querySelector(".revision-content").textContent = content;
  return item;
}
/*! js/popover.js 4b611e24b32c0bc3 */
var GAP = 6;
var NARROW = 480;
function openBeside(popover, anchor, { align = "right" } = {}) {
  popover.showPopover();
  popover.style.inset = "";
  if (innerWidth < NARROW) return;
  const { top, bottom, left, right } = anchor.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const [below, above] = [bottom + GAP, top - GAP - height];
  const wanted = below + height + GAP <= innerHeight ? below : above >= GAP ? above : top + GAP;
  const y = Math.max(GAP, Math.min(wanted, innerHeight - height - GAP));
  const x = Math.max(GAP, Math.min(align === "left" ? left : right - width, innerWidth - width - GAP));
  popover.style.inset = `${y}px auto auto ${x}px`;
}
function attachArrows(holder) {
  holder.addEventListener("keydown", (event) => {
    const buttons = [...holder.querySelectorAll("button")].filter((button) => button.offsetParent);
    const at = buttons.indexOf(document.activeElement);
    if (at < 0) return;
    const moves = { ArrowRight: () => buttons[at + FORWARD], ArrowLeft: () => buttons[at - FORWARD], ArrowDown: () => inOtherRow(
    buttons.slice(at + 1), buttons[at]), ArrowUp: () => inOtherRow(buttons.slice(0, at).reverse(), buttons[at]), Home: () => buttons[0],
    End: () => buttons.at(-1) };
    const next = moves[event.key]?.();
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
function inOtherRow(candidates, from) {
  const { top, left } = from.getBoundingClientRect();
  const others = candidates.map((button) => [button, button.getBoundingClientRect()]).filter(([, box]) => Math.abs(box.top -
  top) > 4);
  if (!others.length) return void 0;
  const row = others.filter(([, box]) => Math.abs(box.top - others[0][1].top) <= 4);
  row.sort(([, one], [, other]) => Math.abs(one.left - left) - Math.abs(other.left - left));
  return row[0][0];
}
/*! js/tools.js 9f742628d0428e12 */
var GAP2 = 12;
function attachTools(log, tools, { allowed, act }) {
  const show3 = (event) => {
    const message = event.target.closest(".message[data-seq]");
    if (!message) return;
    const names2 = allowed(message);
    tools.hidden = names2.length === 0;
    for (const button of tools.children) button.hidden = !names2.includes(button.dataset.do) && button.dataset.do !== "m\
ore";
    const bubble = message.querySelector(".message-bubble");
    if (!bubble.contains(tools)) bubble.append(tools);
    const { left, right, top } = bubble.getBoundingClientRect();
    const row = message.getBoundingClientRect();
    const spaces = [left - row.left, row.right - right];
    const [before, after] = FORWARD > 0 ? spaces : spaces.reverse();
    const free = Math.max(after, message.matches(".message-own") ? before : 0);
    tools.classList.toggle("message-tools-beside", free > tools.offsetWidth + GAP2);
    const above = log.closest(".log-scroller").getBoundingClientRect().top - top;
    tools.style.insetBlock = above > 0 ? `${above + GAP2}px auto` : "";
  };
  log.addEventListener("pointerover", show3);
  log.addEventListener("focusin", show3);
  log.addEventListener("pointerleave", ({ pointerType }) => {
    if (pointerType === "mouse" && !tools.contains(document.activeElement)) tools.hidden = true;
  });
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) act(button.dataset.do, tools.closest(".message"), button);
  });
}
/*! js/message_actions.js ec8cd0d8b0be979a */
var KEYS = { r: "reply", e: "edit", "+": "pick" };
var element3 = (id) => document.getElementById(id);
var MessageActions = class {
  #page;
  #socket;
  #composer;
  #edits;
  #conversation;
  #reading;
  #log = element3("log");
  #menu = element3("message-menu");
  #message = null;
  #picker;
  #dialogs;
  constructor({ page: page2, socket: socket2, composer: composer2, edits: edits2, conversation: conversation2, reading: reading2 }) {
    this.#page = page2;
    this.#socket = socket2;
    this.#composer = composer2;
    this.#edits = edits2;
    this.#conversation = conversation2;
    this.#reading = reading2;
    this.#dialogs = new Dialogs(page2.room.name);
    attachTools(this.#log, element3("message-tools"), { allowed: (message) => this.#allowed(message), act: (what, message, button) => this.#act(
    what, message, button) });
    this.#log.addEventListener("click", (event) => this.#click(event));
    attachArrows(this.#menu);
    this.#menu.addEventListener("click", (event) => {
      const { do: what, emoji } = event.target.closest("button")?.dataset ?? {};
      if (!what && !emoji || !this.#message) return;
      this.#menu.hidePopover();
      if (emoji) this.#react(this.#message, emoji);
      else this.#act(what, this.#message, this.#message);
    });
  }
  remove(seq, onConfirm) {
    const message = element3(`message-${seq}`);
    const act = async () => {
      onConfirm?.();
      const problem = await this.#request({ action: Action.DELETE_MESSAGE, seq });
      this.#showResult(message, "delete", problem && interpolate(gettext("Not deleted. %(problem)s"), { problem }), act);
    };
    this.#dialogs.confirmDeletion(act);
  }
  #removeFile(message) {
    const seq = Number(message.dataset.seq);
    const act = async (attachment_id) => {
      const problem = await this.#request({ action: Action.DELETE_ATTACHMENT, seq, attachment_id });
      this.#showResult(message, "file", problem && interpolate(gettext("File not deleted. %(problem)s"), { problem }), () => act(
      attachment_id));
    };
    this.#dialogs.chooseFile(attachmentsOf(message), act);
  }
  focusComposer() {
    this.#composer.focus();
  }
  showShortcuts() {
    element3("keys").showModal();
  }
  messageChanged(quote) {
    this.#dialogs.messageChanged(quote);
  }
  handleKey(key, message) {
    if (key === "Enter") return this.#openMenu(message, message.querySelector(".message-bubble"));
    const what = KEYS[key];
    if (!what || !this.#allowed(message).includes(what)) return false;
    this.#act(what, message, message.querySelector(".message-bubble"));
    return true;
  }
  #allowed(message) {
    if (message.matches(".message-pending")) return [];
    const { role, may_moderate: moderates, room } = this.#page;
    const deleted = message.matches(".message-deleted");
    const own2 = message.matches(".message-own");
    const mayWrite = role && !room.closed && !deleted;
    return [...mayWrite ? ["pick", "reply"] : [], ...mayWrite && own2 ? ["edit"] : [], ...mayWrite && (own2 || moderates) ?
    ["delete"] : [], ...mayWrite && (own2 || moderates) && attachmentsOf(message).length ? ["file"] : [], ...this.#mayPin &&
    !room.closed && !deleted ? [message.matches(".message-pinned") ? "unpin" : "pin"] : [], ...deleted ? [] : [message.matches(
    ".message-saved") ? "unsave" : "save", "remind"], "link", ...message.querySelector(".message-body").textContent.trim() ?
    ["text"] : [], ...message.querySelector(".message-author[href]") ? ["profile"] : [], ...role ? ["unread"] : [], ...role &&
    !deleted ? ["task"] : [], ...own2 || deleted ? [] : ["report"], "keys", ...moderates && message.matches(".message-ed\
ited") && !deleted ? ["revisions"] : []];
  }
  #act(what, message, anchor) {
    const seq = Number(message.dataset.seq);
    const acts = { more: () => this.#openMenu(message, anchor), pick: () => this.#pick(message, anchor), reply: () => this.#composer.
    reply(seq), edit: () => this.#edits.begin(message), delete: () => this.remove(seq), file: () => this.#removeFile(message),
    pin: () => this.#pin(message, Action.PIN_MESSAGE), unpin: () => this.#pin(message, Action.UNPIN_MESSAGE), save: () => this.#save(
    message, Action.SAVE_MESSAGE, gettext("Saved for later")), unsave: () => this.#save(message, Action.UNSAVE_MESSAGE, gettext(
    "Removed from saved")), remind: async () => (await loadScript("remind"))?.openReminder({ roomName: this.#page.room.name,
    seq }), link: () => copyText(new URL(`?message=${seq}`, location.href.split(/[?#]/)[0]).href, gettext("Link copied")),
    text: () => copyText(message.querySelector(".message-body").innerText.trim(), gettext("Text copied")), profile: () => openCard(
    message.querySelector(".message-author"), this.#page.room.name), unread: () => this.#markUnread(seq), task: () => this.#dialogs.
    createTask(quoteOf(message)), report: async () => (await loadScript("report"))?.openReport(this.#page.room.name, seq),
    keys: () => this.showShortcuts(), revisions: () => this.#dialogs.showRevisions(message) };
    acts[what]();
  }
  #openMenu(message, anchor) {
    const allowed = this.#allowed(message);
    if (!allowed.length) return false;
    this.#message = message;
    for (const item of this.#menu.querySelectorAll("[data-do]")) item.hidden = !allowed.includes(item.dataset.do);
    this.#menu.querySelector(".menu-emoji").hidden = !allowed.includes("pick");
    openBeside(this.#menu, anchor);
    [...this.#menu.querySelectorAll("button")].find((button) => button.offsetParent)?.focus();
    return true;
  }
  #click(event) {
    const link = event.target.closest("a");
    const reaction = event.target.closest(".reaction");
    if (reaction) this.#react(reaction.closest(".message"), reaction.dataset.emoji);
    const seq = link && this.#seqOf(link);
    if (!seq || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#conversation.show(seq);
  }
  #seqOf(link) {
    const { origin, pathname, searchParams } = new URL(link.href || location.href);
    const here = link.hasAttribute("href") && origin === location.origin && pathname === location.pathname;
    return here ? Number(searchParams.get("message") ?? NaN) : NaN;
  }
  async #pick(message, anchor) {
    const script = await loadScript("emoji-picker");
    if (!script) return;
    this.#picker ??= new script.Picker(element3("emoji-picker"));
    this.#picker.open(anchor, (emoji) => this.#react(message, emoji));
  }
  async #react(message, emoji) {
    if (!this.#page.role) return showToast(gettext("Join the room to react."));
    const before = reactionsOf(message);
    const mine = isAmong(before.find((reaction) => reaction.emoji === emoji)?.people ?? [], this.#page);
    const { seq, version } = message.dataset;
    const show3 = (reactions) => this.#conversation.keepPlace(() => renderReactions(message, reactions, this.#page));
    show3(toggled(before, emoji, this.#page));
    const problem = await this.#request({ action: mine ? Action.REMOVE_REACTION : Action.ADD_REACTION, seq: Number(seq),
    emoji });
    if (problem && message.dataset.version === version) show3(before);
    const failed = interpolate(mine ? gettext("Reaction not removed. %(problem)s") : gettext("Reaction not added. %(prob\
lem)s"), { problem: problem ?? "" });
    this.#showResult(message, "react", problem && failed, () => this.#react(message, emoji));
  }
  get #mayPin() {
    const { role, may_moderate: moderates, room } = this.#page;
    return moderates || role && (room.kind === "direct" || room.pinning === "members");
  }
  async #pin(message, action) {
    const problem = await this.#request({ action, seq: Number(message.dataset.seq) });
    this.#showResult(message, "pin", problem, () => this.#pin(message, action));
  }
  async #save(message, action, sentence2) {
    const problem = await this.#request({ action, seq: Number(message.dataset.seq) });
    showToast(problem || sentence2);
  }
  async #markUnread(seq) {
    try {
      await this.#reading.markUnread(seq);
    } catch (error) {
      showToast(error.message);
    }
  }
  async #request(frame) {
    try {
      await this.#socket.act({ room_name: this.#page.room.name, ...frame });
      return "";
    } catch (error) {
      return error.message;
    }
  }
  #showResult(message, what, sentence2, retry) {
    if (!message) return sentence2 && showToast(sentence2);
    this.#conversation.keepPlace(() => {
      if (sentence2) showError(message, what, { sentence: sentence2, choices: [[gettext("Retry"), retry], [gettext("Dism\
iss"), () => this.#composer.focus()]] });
      else clearError(message, what);
    });
  }
};
/*! js/grouping.js ea2a0b38427fbcd2 */
var MAX_GAP = 5 * 6e4;
var MAX_GROUP_SIZE = 10;
var places = /* @__PURE__ */ new WeakMap();
var repeating = /* @__PURE__ */ new WeakSet();
function arrange(element5) {
  let moved = true;
  for (let each = element5; each && moved; each = each.nextElementSibling) moved = setHeader(each) || each === element5;
}
function setHeader(element5) {
  const created = new Date(element5.dataset.created);
  const before = element5.previousElementSibling;
  const beforeCreated = before && new Date(before.dataset.created);
  const newDay = !beforeCreated || !sameDay(created, beforeCreated);
  const line3 = element5.querySelector(".message-day");
  line3.hidden = !newDay;
  line3.textContent = dayName(created);
  const continues = Boolean(before && beforeCreated && !newDay && !element5.querySelector(":scope > .message-new") && before.
  dataset.userId === element5.dataset.userId && (element5.dataset.userId || before.dataset.user === element5.dataset.user) &&
  before.classList.contains("message-guest") === element5.classList.contains("message-guest") && created.getTime() - beforeCreated.
  getTime() < MAX_GAP);
  const next = before && continues ? (places.get(before) ?? 0) + 1 : 0;
  const repeats = continues && (next >= MAX_GROUP_SIZE || repeating.has(element5));
  if (repeats) repeating.add(element5);
  else repeating.delete(element5);
  element5.classList.toggle("message-grouped", continues && !repeats);
  const [place2, was] = [repeats ? 0 : next, places.get(element5)];
  places.set(element5, place2);
  return place2 !== was;
}
/*! js/messages.js b3d0e39fcf0ceb42 */
var DAY_CHECK_INTERVAL = 6e4;
var MessageList = class {
  #log;
  #me;
  #bySeq = /* @__PURE__ */ new Map();
  #pending = /* @__PURE__ */ new Map();
  constructor(log, me) {
    this.#log = log;
    this.#me = me;
    for (const element5 of log.children) {
      this.#bySeq.set(Number(element5.dataset.seq), element5);
      showTime(element5.querySelector(".message-time"), new Date(element5.dataset.created));
      enhanceBody(element5);
      arrange(element5);
    }
    for (const seq of me.saved) this.showSaved(seq, true);
    this.#updateDays();
  }
  get oldestSeq() {
    return Number(this.#log.querySelector(":scope > [data-seq]")?.dataset.seq ?? 0);
  }
  get newestSeq() {
    let element5 = this.#log.lastElementChild;
    while (element5 && !element5.dataset.seq) element5 = element5.previousElementSibling;
    return Number(element5?.dataset.seq ?? 0);
  }
  get size() {
    return this.#log.childElementCount;
  }
  get(seq) {
    return this.#bySeq.get(seq);
  }
  firstOfOthersAfter(seq) {
    let element5 = this.#bySeq.get(seq + 1);
    while (element5?.matches(".message-own, .message-deleted")) element5 = element5.nextElementSibling;
    return element5 ?? void 0;
  }
  get latestOwn() {
    return [...this.#log.querySelectorAll(":scope > .message-own:not(.message-deleted)")].at(-1);
  }
  put(wire) {
    const own2 = isOwn(wire, this.#me);
    let element5 = this.#bySeq.get(wire.seq);
    if (element5 && !element5.classList.contains("message-pending")) {
      if (Number(element5.dataset.version) >= wire.version) return;
      arrange(renderMessage(wire, this.#me, element5));
      return;
    }
    element5 = renderMessage(wire, this.#me, element5 ?? (own2 ? this.#pending.get(wire.client_id) : void 0));
    if (own2) this.#pending.delete(wire.client_id);
    this.#place(element5, wire.seq);
  }
  updateQuotesOf(wire) {
    updateQuotes(this.#log, wire);
  }
  showSaved(seq, saved) {
    saved ? this.#me.saved.add(seq) : this.#me.saved.delete(seq);
    this.#bySeq.get(seq)?.classList.toggle("message-saved", saved);
  }
  addPending(item) {
    if (this.#pending.has(item.client_id)) return;
    const element5 = renderPending(item, this.#me, this.#bySeq.get(item.reply_to));
    this.#pending.set(item.client_id, element5);
    this.#log.append(element5);
    arrange(element5);
  }
  acknowledge(clientId, seq) {
    const element5 = this.#pending.get(clientId);
    if (!element5) return;
    if (this.#bySeq.has(seq)) return this.dropPending(clientId);
    element5.dataset.seq = seq;
    element5.dataset.version = 0;
    this.#place(element5, seq);
  }
  fail(clientId, sentence2) {
    const element5 = this.#pending.get(clientId);
    if (element5) renderFailure(element5, sentence2);
  }
  changePending(clientId, content) {
    const element5 = this.#pending.get(clientId);
    if (!element5) return;
    renderPendingText(element5, content);
    this.retryPending(clientId);
  }
  retryPending(clientId) {
    const element5 = this.#pending.get(clientId);
    element5?.classList.remove("message-failed");
    element5?.querySelector(".message-failure")?.remove();
  }
  dropPending(clientId) {
    const element5 = this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (element5) this.#remove(element5);
  }
  clear() {
    for (const element5 of this.#bySeq.values()) element5.remove();
    this.#bySeq.clear();
    if (this.#log.firstElementChild) arrange(this.#log.firstElementChild);
  }
  dropOldest() {
    this.#drop(this.oldestSeq);
  }
  dropNewest() {
    this.#drop(this.newestSeq);
  }
  #updateDays(day2 = /* @__PURE__ */ new Date()) {
    setTimeout(() => {
      const now = /* @__PURE__ */ new Date();
      if (!sameDay(now, day2)) for (const element5 of this.#log.children) arrange(element5);
      this.#updateDays(now);
    }, Math.min(untilMidnight(), DAY_CHECK_INTERVAL));
  }
  #drop(seq) {
    const element5 = this.#bySeq.get(seq);
    if (!element5) return;
    this.#bySeq.delete(seq);
    this.#remove(element5);
  }
  #place(element5, seq) {
    const formerNext = element5.isConnected ? element5.nextElementSibling : null;
    let after = this.#log.lastElementChild;
    while (after && (after === element5 || !after.dataset.seq || Number(after.dataset.seq) > seq)) {
      after = after.previousElementSibling;
    }
    const next = after ? after.nextElementSibling : this.#log.firstElementChild;
    if (next !== element5) this.#log.insertBefore(element5, next);
    this.#bySeq.set(seq, element5);
    arrange(element5);
    if (formerNext?.isConnected) arrange(formerNext);
  }
  #remove(element5) {
    const next = element5.nextElementSibling;
    element5.remove();
    if (next) arrange(next);
  }
};
/*! js/online.js e871945052c14317 */
var INTERVAL = 3e4;
var LEAVE_DELAY = 1e3;
var DELAY_PER_PERSON = 20;
var MAX_RESULTS = 1e3;
var Online = class extends EventTarget {
  #path;
  #timer = 0;
  #due = 0;
  #polling = false;
  #stopped = false;
  constructor(roomName2) {
    super();
    this.#path = `rooms/${encodeURIComponent(roomName2)}/online/`;
    document.addEventListener("visibilitychange", () => this.#pollIn(0));
    this.#pollLater();
  }
  personLeft(count) {
    this.#pollIn(LEAVE_DELAY + Math.random() * Math.max(LEAVE_DELAY, DELAY_PER_PERSON * count));
  }
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
  #pollLater() {
    this.#pollIn(INTERVAL * (1 + Math.random() / 2));
  }
  #pollIn(delay) {
    if (document.visibilityState !== "visible") this.#cancel();
    if (document.visibilityState !== "visible" || this.#stopped) return;
    const due = performance.now() + delay;
    if (this.#timer && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#poll(), delay);
  }
  #cancel() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
  async #poll() {
    this.#timer = 0;
    if (this.#polling) return this.#pollIn(LEAVE_DELAY);
    this.#polling = true;
    try {
      const { online: online2, away } = await callApi("GET", this.#path);
      this.dispatchEvent(new CustomEvent("updated", { detail: { ids: new Set(online2), away: new Set(away), all: online2.
      length < MAX_RESULTS } }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401 || error.status === 404) this.stop();
    } finally {
      this.#polling = false;
      this.#pollLater();
    }
  }
};
/*! js/outbox.js ac555443d42b75fb */
var RETRY_DELAY2 = 2e3;
var TRANSIENT2 = /* @__PURE__ */ new Set(["connection", ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE]);
var Outbox = class extends EventTarget {
  #socket;
  #prefix;
  #sending = false;
  constructor(socket2, userId) {
    super();
    this.#socket = socket2;
    this.#prefix = prefix("outbox", userId);
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
  add(roomName2, content, { replyTo, attachments = [] } = {}) {
    const after = this.items().at(-1)?.at ?? 0;
    const item = { client_id: newClientId(), room_name: roomName2, content, reply_to: replyTo, attachments, at: Math.max(
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
      const attachment_ids = attachments?.length ? attachments.map(({ id }) => id) : void 0;
      this.#store({ ...item, tried: true });
      const message = { room_name, content, client_id, reply_to, attachment_ids };
      const ack = await this.#socket.request({ action: Action.SEND_MESSAGE, ...message });
      await this.#applyEdits(client_id, ack);
      this.discard(client_id);
      this.#emit("sent", { item, ack });
    } catch (error) {
      const { code, message, retryAfter } = error;
      if (TRANSIENT2.has(code)) {
        await new Promise((resolve) => setTimeout(resolve, retryAfter ? retryAfter * 1e3 : this.#socket.ready ? RETRY_DELAY2 :
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
        if (TRANSIENT2.has(error.code)) throw error;
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
/*! js/person.js 0da33ef6d017bc92 */
function attachPeople(socket2, page2) {
  socket2.addEventListener("frame", ({ detail }) => {
    if (detail.type === FrameType.PERSON) showPerson(detail, page2);
  });
}
function showPerson(person, page2) {
  const theirs = `[data-user-id="${person.user_id}"]`;
  const mine = person.user_id === page2.user_id;
  if (mine) Object.assign(page2, { user_name: person.user_name, display_name: person.display_name, avatar: person.avatar });
  for (const holder of document.querySelectorAll(`.message${theirs}, .member${theirs}${mine ? ", .sidebar-me summary" : ""}`)) {
    if (holder.dataset.user) holder.dataset.user = person.user_name;
    showAvatar(holder.querySelector(".avatar"), person);
    const name = holder.querySelector(":is(.message-author, .member-name bdi, summary > bdi)");
    name.textContent = person.display_name;
    if (name.title) name.title = `@${person.user_name}`;
    name.closest("a")?.setAttribute("href", personPath(person.user_name));
    for (const field of holder.querySelectorAll("input[name^=user_name]")) field.value = person.user_name;
  }
  for (const face of document.querySelectorAll(`.bar-faces ${theirs} .avatar`)) showAvatar(face, person);
  for (const author of document.querySelectorAll(`.message-quote[data-author-id="${person.user_id}"] .message-quote-auth\
or`)) {
    author.textContent = person.display_name;
  }
  for (const name of document.querySelectorAll(`.message-pinned-mark ${theirs}`)) name.textContent = person.display_name;
  for (const mention of document.querySelectorAll(`.mention${theirs}`)) {
    mention.dataset.user = person.user_name;
    mention.textContent = `@${person.user_name}`;
    mention.setAttribute("href", personPath(person.user_name));
  }
  for (const button of document.querySelectorAll(".reaction")) renamePerson(button, person, page2);
  if (page2.room.kind === "direct") showTitle(page2);
}
function showTitle(page2) {
  const others = [...document.querySelectorAll("#members .member")].filter(({ dataset }) => dataset.userId !== String(page2.
  user_id));
  const title = others.map((member) => member.querySelector(".member-name bdi").textContent).join(", ");
  if (!title) return;
  page2.room.title = title;
  showRoom(page2.room, page2.role);
}
/*! js/pins.js 9959233efc0e8559 */
function attachPins(stream2, page2) {
  let pins = new Set(page2.pins);
  const link = document.getElementById("pins");
  const show3 = () => {
    link.hidden = !pins.size;
    link.ariaLabel = interpolate(gettext("Pinned messages: %(count)s"), { count: pins.size });
    document.getElementById("pin-count").textContent = String(pins.size);
  };
  stream2.addEventListener("messages", ({ detail }) => {
    for (const { seq, pinned } of detail.messages) pinned ? pins.add(seq) : pins.delete(seq);
    show3();
  });
  stream2.addEventListener("clear", async () => {
    const path = `rooms/${encodeURIComponent(page2.room.name)}/pins/?limit=100`;
    const answer = await callApi("GET", path).catch(() => null);
    if (!answer) return;
    pins = new Set(answer.messages.map(({ seq }) => seq));
    show3();
  });
}
/*! js/presence.js b1754b57d2763051 */
var Presence = class extends EventTarget {
  #members;
  #ids = /* @__PURE__ */ new Set();
  #online = 0;
  constructor(members2) {
    super();
    this.#members = members2;
  }
  get ids() {
    return this.#ids;
  }
  reset(people2, online2) {
    this.#ids = new Set(people2.map((person) => person.user_id));
    this.#online = online2;
    this.#show(true);
  }
  change(joined, left, online2) {
    joined.forEach((person) => this.#ids.add(person.user_id));
    left.forEach((id) => this.#ids.delete(id));
    this.#online = online2;
    this.#show(joined.length > 0);
  }
  setOnline({ ids, away, all }) {
    for (const person of people()) {
      const id = Number(person.dataset.userId);
      if (ids.has(id) || all) person.toggleAttribute("data-online", ids.has(id));
      if (ids.has(id) || all) person.toggleAttribute("data-away", away.has(id));
    }
    this.show();
  }
  setAway(away, back) {
    for (const person of people()) {
      const id = Number(person.dataset.userId);
      if (away.includes(id) || back.includes(id)) person.toggleAttribute("data-away", away.includes(id));
    }
    this.show();
  }
  #show(joined) {
    this.show();
    if (joined) this.dispatchEvent(new Event("joined"));
  }
  show() {
    this.#members.querySelector("#here").textContent = interpolate(gettext("%(count)s here"), { count: this.#online });
    for (const person of people()) {
      const here = this.#ids.has(Number(person.dataset.userId));
      person.classList.toggle("member-here", here);
      if (here) person.dataset.online = "";
      const word = person.querySelector(".member-presence");
      if (word) word.textContent = presenceWord(person.dataset);
    }
  }
};
function presenceWord(dataset) {
  if (!("online" in dataset)) return "";
  return "away" in dataset ? gettext("away") : gettext("online");
}
function people() {
  return document.querySelectorAll(".member, .bar-faces > *");
}
/*! js/reading.js 949979e44ef220c7 */
var THROTTLE = 1e3;
var Reading = class {
  #socket;
  #roomName;
  #list;
  #scroller;
  #conversation;
  #line = document.querySelector(".message-new");
  #readSeq;
  #lineAfter = null;
  #paused = false;
  #timer = 0;
  #seen = false;
  #markedAt = -THROTTLE;
  #stopped = false;
  constructor({ socket: socket2, roomName: roomName2, list: list3, scroller: scroller2, conversation: conversation2, readSeq,
  unreadFrom }) {
    this.#socket = socket2;
    this.#roomName = roomName2;
    this.#list = list3;
    this.#scroller = scroller2;
    this.#conversation = conversation2;
    this.#readSeq = readSeq ?? 0;
    if (unreadFrom !== null) this.#lineAfter = unreadFrom - 1;
    const template6 = document.getElementById("new-template");
    this.#line ??= template6.content.firstElementChild;
    conversation2.addEventListener("changed", () => this.#changed());
    conversation2.addEventListener("news", ({ detail }) => this.#news(detail.messages));
    const triggers = [[scroller2, "moved"], [socket2, "up"], [window, "resize"], [document, "visibilitychange"], [window,
    "focus"]];
    for (const [target2, name] of triggers) target2.addEventListener(name, () => this.#scheduleMark());
    addEventListener("pagehide", () => this.#leave());
    this.#scheduleMark();
  }
  setReadSeq(seq) {
    this.#paused = seq < this.#readSeq;
    this.#readSeq = seq;
    this.#lineAfter = seq < this.#conversation.lastSeq ? seq : null;
    this.#drawLine();
  }
  async markUnread(seq) {
    const frame = { action: Action.MARK_READ, room_name: this.#roomName, seq: seq - 1, rewind: true };
    const answer = await this.#socket.request(frame);
    this.#paused = true;
    this.#readSeq = answer.seq;
    this.#lineAfter = answer.seq;
    this.#drawLine();
  }
  messageSent() {
    this.#paused = false;
    clearTimeout(this.#timer);
    this.#mark();
  }
  stop() {
    this.#stopped = true;
  }
  get #looking() {
    return document.visibilityState === "visible" && document.hasFocus();
  }
  #changed() {
    this.#drawLine();
    this.#scheduleMark();
  }
  #news(messages) {
    const seqs = messages.map((wire) => wire.seq);
    const before = Math.min(...seqs) - 1;
    const seesThem = this.#looking && this.#conversation.atBottom;
    const unread2 = Math.max(...seqs) > this.#readSeq;
    const first = this.#list.firstOfOthersAfter(this.#readSeq);
    const olderUnread = first ? Number(first.dataset.seq) <= before : this.#readSeq < before;
    if (unread2 && !olderUnread && !seesThem) this.#lineAfter = this.#readSeq;
    this.#drawLine();
  }
  #drawLine() {
    const below = this.#lineAfter === null ? void 0 : this.#list.firstOfOthersAfter(this.#lineAfter);
    if (below === this.#line.parentElement) return;
    const former = this.#line.closest(".message");
    this.#conversation.keepPlace(() => {
      if (below) below.querySelector(".message-day").after(this.#line);
      else this.#line.remove();
      for (const message of [former, below]) if (message?.isConnected) arrange(message);
    });
  }
  get #lastSeen() {
    return Number(this.#scroller.lastShown()?.dataset.seq ?? 0);
  }
  #scheduleMark() {
    this.#seen ||= this.#looking;
    this.#timer ||= setTimeout(() => this.#mark(), Math.max(100, this.#markedAt + THROTTLE - performance.now()));
  }
  async #mark() {
    this.#timer = 0;
    if (this.#stopped || this.#paused || !this.#looking || !this.#socket.ready) return;
    const seq = this.#lastSeen;
    if (seq <= this.#readSeq) return;
    this.#markedAt = performance.now();
    this.#seen = false;
    try {
      const answer = await this.#socket.request({ action: Action.MARK_READ, room_name: this.#roomName, seq });
      if (!this.#paused) this.#readSeq = Math.max(this.#readSeq, answer.seq);
    } catch {
    }
  }
  #leave() {
    if (this.#stopped || this.#paused || !this.#seen || this.#lastSeen <= this.#readSeq) return;
    const path = `rooms/${encodeURIComponent(this.#roomName)}/read/`;
    callApi("PUT", path, { seq: this.#lastSeen }, { keepalive: true }).catch(() => {
    });
  }
};
/*! js/room_mentions.js 6fef57f2066f89de */
var MANY = 20;
var NAMES = /(?<!:\/\/\S*)(?<![A-Za-z0-9_.+\-@＠\\])[@＠](room|here)(?![A-Za-z0-9_.+@-]*[A-Za-z0-9_])/gi;
function roomMention(content) {
  const found = [...content.matchAll(NAMES)].filter(({ index }) => {
    const before = content.slice(0, index);
    return !/(^|\n) {0,3}>[^\n]*$/.test(before) && !inCode(before);
  });
  const names2 = found.map((match) => match[1].toLowerCase());
  return names2.includes("room") ? "room" : names2[0];
}
var RoomMentions = class {
  #page;
  #line;
  constructor(page2, line3) {
    this.#page = page2;
    this.#line = line3;
  }
  get allowed() {
    const { role, may_moderate: moderates, room } = this.#page;
    return moderates || Boolean(role && (room.kind === "direct" || room.room_mentions === "members"));
  }
  check(content) {
    this.#line.hidden = this.allowed || !roomMention(content);
  }
  ask(content) {
    const others = Number(document.getElementById("member-count").textContent) - 1;
    const name = others > MANY && this.allowed && roomMention(content);
    return name ? this.#ask(name, others) : null;
  }
  async #ask(name, others) {
    const script = await loadScript("notify-many");
    return Boolean(await script?.confirmMany(this.#page, name, { others, many: MANY }));
  }
};
/*! js/scroller.js 014bdafed91ff543 */
var BOTTOM_TOLERANCE = 100;
var MIN_VISIBLE = 24;
var Scroller = class extends EventTarget {
  #element;
  constructor(element5) {
    super();
    this.#element = element5;
    element5.addEventListener("scroll", () => this.dispatchEvent(new Event("moved")), { passive: true });
  }
  get nearBottom() {
    return this.below < BOTTOM_TOLERANCE;
  }
  get above() {
    const { scrollHeight, clientHeight, scrollTop } = this.#element;
    return scrollHeight - clientHeight + scrollTop;
  }
  get below() {
    return -this.#element.scrollTop;
  }
  get height() {
    return this.#element.clientHeight;
  }
  toBottom() {
    this.#element.scrollTop = 0;
  }
  reveal(element5, place2) {
    const frame = this.#element.getBoundingClientRect();
    const { top, height } = element5.getBoundingClientRect();
    const room = Math.max(frame.height - height, 0);
    this.#element.scrollTop += top - frame.top - room * place2;
  }
  highlight(element5) {
    element5.classList.remove("message-found");
    void element5.offsetWidth;
    element5.classList.add("message-found");
    element5.addEventListener("blur", () => element5.classList.remove("message-found"), { once: true });
    element5.focus({ preventScroll: true });
  }
  shows(element5) {
    const frame = this.#element.getBoundingClientRect();
    const { top, bottom } = element5.getBoundingClientRect();
    return top >= frame.top && bottom <= frame.bottom;
  }
  keepPlace(change, { stick }) {
    if (stick) {
      change();
      this.toBottom();
      return;
    }
    const anchor = this.#firstShown();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) this.#element.scrollTop += anchor.getBoundingClientRect().top - before;
  }
  lastShown() {
    const { bottom } = this.#element.getBoundingClientRect();
    return [...this.#element.querySelectorAll(".message[data-seq]")].findLast((element5) => element5.getBoundingClientRect().
    top + MIN_VISIBLE < bottom);
  }
  get firstShownSeq() {
    return Number(this.#firstShown()?.dataset.seq ?? 0);
  }
  #firstShown() {
    const { top } = this.#element.getBoundingClientRect();
    return [...this.#element.querySelectorAll(".message")].find((element5) => element5.getBoundingClientRect().bottom > top);
  }
};
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
  const list3 = document.getElementById("sidebar-scroll");
  const restore = () => {
    list3.scrollTop = Number(tab.read(KEY));
    list3.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  };
  restore();
  addEventListener("pagehide", () => list3.clientHeight && tab.write(KEY, String(list3.scrollTop)));
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
  sidebar.addEventListener("dragstart", async ({ target: target2 }) => {
    const room = dragged = target2.closest?.(".sidebar-room");
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
/*! js/signs.js 45e86e99b72a1539 */
var LONGEST = 24 * 36e5;
var timer2 = 0;
function attachSigns(socket2) {
  socket2.addEventListener("frame", ({ detail }) => {
    if (detail.type === FrameType.STATUS) show2(detail);
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
function show2({ user_id: userId, status, quiet_until: quietUntil }) {
  for (const holder of document.querySelectorAll(`.signs[data-signs-of="${userId}"]`)) {
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
var FIRST_DELAY2 = 600;
var MAX_RESTART_DELAY = 4e3;
var RESTART_ATTEMPTS = 15;
var MAX_DELAY2 = 3e4;
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
  constructor(path, userId) {
    super();
    this.#userId = userId;
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
    const limit = this.#attempt < RESTART_ATTEMPTS ? MAX_RESTART_DELAY : MAX_DELAY2;
    const full3 = crowded ? CROWDED_DELAY : Math.min(limit, FIRST_DELAY2 * 1.8 ** this.#attempt++);
    const delay = full3 * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.connect(), delay);
    this.dispatchEvent(new CustomEvent("down", { detail: { retryAt: performance.now() + delay } }));
  }
};
/*! js/stream.js 51860ed41af6220f */
var Stream = class extends EventTarget {
  #socket;
  #room;
  #epoch;
  #position;
  #joining = false;
  #joinedBefore = false;
  #resetting = false;
  #stopped = false;
  constructor(socket2, { room, epoch, role }) {
    super();
    this.#socket = socket2;
    this.#room = room.name;
    this.#epoch = epoch;
    this.#position = room.version;
    if (!role) return;
    socket2.addEventListener("up", () => this.#join());
    socket2.addEventListener("down", () => this.#joining = false);
    socket2.addEventListener("frame", ({ detail }) => this.#receive(detail));
  }
  async #join() {
    if (this.#joining || this.#stopped) return;
    this.#joining = true;
    const from = this.#resetting ? {} : { after: this.#position };
    try {
      await this.#socket.request({ action: Action.JOIN_ROOM, room_name: this.#room, ...from });
    } catch (error) {
      this.#joining = false;
      if (error.code === ErrorCode.NOT_FOUND) this.#left(LeftReason.REMOVED);
      else if (this.#socket.ready) setTimeout(() => this.#socket.ready && this.#join(), 2e3);
    }
  }
  #receive(frame) {
    if (frame.type === FrameType.HEARTBEAT) {
      if ((frame.versions?.[this.#room] ?? 0) > this.#position) this.#join();
      return;
    }
    if (frame.room_name !== this.#room) return;
    if (frame.type === FrameType.JOINED) this.#joined(frame);
    else if (frame.type === FrameType.MESSAGES) this.#messages(frame);
    else if (frame.type === FrameType.ROOM) this.#emit("room", { room: frame.room, role: frame.role });
    else if (frame.type === FrameType.PRESENCE) this.#emit("presence", frame);
    else if (frame.type === FrameType.LEFT) this.#left(frame.reason);
  }
  #joined(frame) {
    this.#joining = false;
    const restored = frame.epoch !== this.#epoch;
    this.#epoch = frame.epoch;
    if (restored && !this.#resetting) {
      this.#resetting = true;
      this.#join();
      return;
    }
    if (this.#resetting || frame.recovered === false) {
      this.#resetting = true;
      this.#emit("clear");
    }
    this.#emit("room", { room: frame.room, role: frame.role });
    this.#emit("joined");
    if (this.#joinedBefore) this.#emit("back");
    this.#joinedBefore = true;
    this.#emit("online", frame);
  }
  #messages(frame) {
    if (frame.history) {
      this.#emit("messages", { messages: frame.messages, history: true });
    } else if (frame.after === null) {
      this.#resetting = false;
      this.#position = frame.version;
      this.#emit("messages", { messages: frame.messages, history: true });
    } else if (!this.#resetting && frame.version > this.#position) {
      if (frame.after > this.#position) {
        this.#join();
        return;
      }
      if (frame.version - frame.after > frame.messages.length) this.#emit("changed");
      const news = frame.messages.filter((message) => message.version > this.#position);
      this.#position = frame.version;
      this.#emit("messages", { messages: news, history: false });
    }
  }
  #left(reason) {
    this.#stopped = true;
    this.#emit("left", { reason });
  }
  #emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
};
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
  constructor(userId, open2 = "") {
    this.#dialog = document.getElementById("switcher");
    this.#box = this.#dialog.querySelector("input");
    this.#list = this.#dialog.querySelector("[role=listbox]");
    this.#status = this.#dialog.querySelector("[role=status]");
    this.#recentKey = prefix("recent", userId);
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
    this.#list.addEventListener("click", ({ target: target2 }) => {
      const option = target2.closest("[role=option]");
      if (option) this.#go(this.#choices[Number(option.dataset.index)]);
    });
    this.#dialog.addEventListener("click", ({ target: target2 }) => target2 === this.#dialog && this.#dialog.hidePopover());
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
    this.#choices = [rooms, this.#people].flatMap((some) => some.filter(({ rank: rank3 }) => rank3 < Infinity).sort((one, other) => one.
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
    const names2 = [name, ...this.#recent().filter((each) => each !== name)].slice(0, REMEMBERED);
    write(this.#recentKey, JSON.stringify(names2));
  }
};
function roomChoice(row, text, recent) {
  const name = row.dataset.room;
  const title = row.querySelector("bdi").textContent;
  const at = recent.indexOf(name);
  const place2 = at < 0 ? recent.length : at;
  const unread2 = Number(row.dataset.unread);
  const address = title === name || row.dataset.direct !== void 0 ? "" : `#${name}`;
  return { key: `room:${name}`, title, note: unread2 ? interpolate(ngettext("%(count)s unread", "%(count)s unread", unread2),
  { count: unread2 }) : address, rank: text ? Math.min(matchRank(text, title), matchRank(text, name)) + place2 / 1e3 : place2,
  href: row.querySelector("a").getAttribute("href") ?? "" };
}
function personChoice(text) {
  return ({ user_name, display_name }) => ({ key: `person:${user_name}`, title: display_name, note: `@${user_name}`, rank: Math.
  min(matchRank(text, display_name), matchRank(text, user_name), 6), userName: user_name });
}
/*! js/theme.js e4c34e77dbbbf71f */
var YEAR = 31536e3;
document.getElementById("theme").addEventListener("change", ({ target: target2 }) => {
  const chosen = target2.value;
  document.cookie = `theme=${chosen}; path=/; max-age=${chosen ? YEAR : 0}; samesite=lax`;
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
});
/*! js/typing.js 7d54490e05be3638 */
var THROTTLE2 = 3e3;
var EXPIRY = 5e3;
var Typing = class {
  #socket;
  #roomName;
  #me;
  #line;
  #people = /* @__PURE__ */ new Map();
  #versions = /* @__PURE__ */ new Map();
  #sentAt = -THROTTLE2;
  #timer = 0;
  #lastSeq;
  constructor(socket2, { roomName: roomName2, me, line: line3, lastSeq }) {
    this.#socket = socket2;
    this.#roomName = roomName2;
    this.#me = me;
    this.#line = line3;
    this.#lastSeq = lastSeq;
    socket2.addEventListener("frame", ({ detail }) => this.#receive(detail));
    socket2.addEventListener("down", () => this.#clear());
  }
  inputChanged(content) {
    if (!content.trim() || !this.#socket.ready || performance.now() < this.#sentAt + THROTTLE2) return;
    this.#sentAt = performance.now();
    this.#socket.send({ action: Action.TYPING, room_name: this.#roomName });
  }
  sent() {
    this.#sentAt = -THROTTLE2;
  }
  #receive(frame) {
    if (frame.room_name !== this.#roomName) return;
    if (frame.type === FrameType.TYPING) {
      const until = performance.now() + EXPIRY;
      for (const { user_id, display_name, version } of frame.people) {
        const old = version < (this.#versions.get(user_id) ?? 0);
        if (user_id !== this.#me && !old) this.#people.set(user_id, { name: display_name, until });
      }
    } else if (frame.type === FrameType.MESSAGES && !frame.history) {
      for (const { user_id, seq, version } of frame.messages) {
        if (seq > this.#lastSeq) {
          this.#people.delete(user_id);
          this.#versions.set(user_id, version);
        }
        this.#lastSeq = Math.max(this.#lastSeq, seq);
      }
    } else {
      return;
    }
    this.#show();
  }
  #clear() {
    this.#people.clear();
    this.#show();
  }
  #show() {
    clearTimeout(this.#timer);
    const now = performance.now();
    for (const [userId, { until }] of this.#people) if (until <= now) this.#people.delete(userId);
    this.#line.replaceChildren(...sentence([...this.#people.values()].map((person) => person.name)));
    if (!this.#people.size) return;
    const next = Math.min(...[...this.#people.values()].map((person) => person.until));
    this.#timer = setTimeout(() => this.#show(), next - now);
  }
};
function sentence(names2) {
  if (!names2.length) return [];
  const shown = names2.slice(0, names2.length === 3 ? 3 : 2).map((name) => {
    const element5 = document.createElement("bdi");
    element5.textContent = name;
    return element5;
  });
  const [one, two, three = ""] = shown;
  const others = names2.length - shown.length;
  const texts = [gettext("%(one)s is typing\u2026"), gettext("%(one)s and %(two)s are typing\u2026"), gettext("%(one)s, \
%(two)s and %(three)s are typing\u2026")];
  const many = ngettext("%(one)s, %(two)s and %(count)s other are typing\u2026", "%(one)s, %(two)s and %(count)s others \
are typing\u2026", others);
  return interpolateNodes(others ? many : texts[shown.length - 1], { one, two, three, count: String(others) });
}
/*! js/unread.js ff58601a9b58980e */
var RETRY_DELAY3 = 5e3;
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
      setTimeout(() => this.#socket.ready && this.#watch(), RETRY_DELAY3);
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
    const { online: online2, away } = this.#contacts;
    for (const entry of this.#entries.values()) {
      const id = Number(entry.dataset.userId);
      entry.toggleAttribute("data-online", online2.includes(id));
      entry.toggleAttribute("data-away", away.includes(id));
      entry.querySelector(".sidebar-presence").textContent = presenceWord(entry.dataset);
    }
  }
  #keepOnly(names2) {
    for (const name of this.#entries.keys()) if (!names2.has(name)) this.#drop(name);
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
    const list3 = room.favourite ? this.#favourites : document.getElementById(`sidebar-section-${room.section}`) ?? this.#usualList(
    entry);
    if (entry.parentElement !== list3 || wasMuted !== Boolean(room.muted) || newer && list3 === this.#direct) this.#place(
    entry, list3);
  }
  #usualList(entry) {
    return entry.hasAttribute("data-direct") ? this.#direct : this.#rooms;
  }
  #showSections(sections) {
    const gone = /* @__PURE__ */ new Set([...this.#sections.children]);
    sections.forEach(({ id, name, collapsed }, place2) => {
      const list3 = document.getElementById(`sidebar-section-${id}`);
      const section = list3?.parentElement ?? this.#makeSection(id);
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
  #makeSection(id) {
    const section = this.#sectionTemplate.content.firstElementChild.cloneNode(true);
    section.dataset.section = String(id);
    section.querySelector("ul").id = `sidebar-section-${id}`;
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
  #showMark(entry, { kind, title, avatar, user_id: id, others }) {
    if (id) entry.dataset.userId = String(id);
    else delete entry.dataset.userId;
    const mark = entry.querySelector(".sidebar-mark");
    const sign = others ? Object.assign(document.createElement("span"), { className: "avatar", textContent: others }) : this.#template.
    content.querySelector(`[data-kind="${kind}"]`).cloneNode(true);
    if (id) showAvatar(sign, { user_id: id, user_name: "", display_name: title, avatar });
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
  #place(entry, list3) {
    const muted = (one) => Number(one.classList.contains("sidebar-muted"));
    const name = (one) => list3 === this.#rooms ? one.dataset.room : one.querySelector("bdi").textContent.toLowerCase();
    const next = [...list3.children].find((other) => {
      if (other === entry) return false;
      const later = muted(other) - muted(entry);
      return later > 0 || later === 0 && (list3 === this.#direct || name(other) > name(entry));
    });
    const inPlace = entry.parentElement === list3 && entry.nextElementSibling === (next ?? null);
    if (!inPlace) list3.insertBefore(entry, next ?? null);
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
  const [unread2, mentions] = [Number(dataset.unread), Number(dataset.mentions)];
  const muted = entry.classList.contains("sidebar-muted");
  const counted = muted ? mentions : unread2;
  const upTo99 = (count) => count > 99 ? "99+" : String(count);
  entry.classList.toggle("sidebar-news", counted > 0 && !muted);
  entry.classList.toggle("sidebar-mentions", mentions > 0 || entry.hasAttribute("data-direct") && counted > 0);
  entry.querySelector(".sidebar-count").hidden = counted === 0;
  entry.querySelector(".sidebar-count-shown").textContent = mentions ? `@${upTo99(mentions)}` : upTo99(unread2);
  const said = mentions ? ngettext("%(count)s unread, %(mentions)s for you", "%(count)s unread, %(mentions)s for you", unread2) :
  ngettext("%(count)s unread", "%(count)s unread", unread2);
  entry.querySelector(".sidebar-count-said").textContent = interpolate(said, { count: unread2, mentions });
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
/*! js/room.js 8cc9a65706eb0a63 */
var page = JSON.parse(document.getElementById("page").textContent);
page.saved = new Set(page.saved);
var element4 = (id) => document.getElementById(id);
var roomName = page.room.name;
migrate(page.user_name, page.user_id);
keepPlace();
attachFilter();
attachSections();
keepWorker();
var socket = new Socket("/ws/", page.user_id);
attachSignOut(page.user_id, socket);
var stream = new Stream(socket, page);
var outbox = new Outbox(socket, page.user_id);
var list2 = new MessageList(element4("log"), page);
var members = new Members(element4("members"), roomName);
var presence = new Presence(element4("members"));
var online = new Online(roomName);
var scroller = new Scroller(element4("scroller"));
var conversation = new Conversation(page, list2, scroller);
var reading = new Reading({ socket, roomName, list: list2, scroller, conversation, readSeq: page.read_seq, unreadFrom: page.
unread_from });
var drafts = new Drafts(page.user_id, roomName);
var files2 = new DraftFiles({ drafts, roomName, limits: page.files });
new FileTray(element4("tray"), element4("tray-said"), files2);
var roomMentions = new RoomMentions(page, document.querySelector(".composer-plain"));
var composer = new Composer(element4("composer"), { drafts, files: files2, storageKey: prefix("editing", page.user_id) +
roomName, limit: page.max_content_length, sources: [memberSource(element4("members"), { roomName, me: page.user_id, roomMentions }),
emojiSource], quote: (seq) => list2.get(seq) ? quoteOf(list2.get(seq)) : conversation.message(seq).then(quoteOfWire), ask: (content) => opened2?.
ask() ?? roomMentions.ask(content) });
var opened2 = null;
async function openGate() {
  const script = opened2 ? null : await loadScript("composer");
  if (script) opened2 ??= new script.Gate({ page, composer, drafts, outbox, list: list2 });
  return opened2;
}
var edits = new Edits({ socket, roomName, drafts, composer, outbox, list: list2, conversation });
var typing = new Typing(socket, { roomName, me: page.user_id, line: element4("typing"), lastSeq: page.room.last_seq });
var own = (wire) => isOwn(wire, page);
stream.addEventListener("messages", ({ detail }) => {
  conversation.receive(detail.messages, { own, isReset: detail.history });
  edits.update(detail.messages);
});
stream.addEventListener("clear", () => {
  conversation.clear();
  composer.refreshReply();
});
conversation.addEventListener("rewritten", ({ detail }) => {
  composer.messageChanged(quoteOfWire(detail.message));
  actions.messageChanged(quoteOfWire(detail.message));
});
stream.addEventListener("joined", () => conversation.joined());
stream.addEventListener("room", ({ detail }) => {
  if (detail.role !== void 0) page.role = detail.role;
  const notice = visibilityNotice(detail.room, page.room);
  if (notice) showToast(notice);
  page.room = keepTitle(detail.room, page.room);
  showRoom(page.room, page.role);
  if (page.room.slow_seconds) openGate();
});
stream.addEventListener("online", ({ detail }) => presence.reset(detail.online, detail.online_count));
stream.addEventListener("presence", ({ detail }) => {
  presence.change(detail.joined, detail.left_ids, detail.online);
  if (detail.left_ids.length || detail.left_more) online.personLeft(detail.online);
});
online.addEventListener("updated", ({ detail }) => presence.setOnline(detail));
for (const name of ["changed", "clear", "back"]) stream.addEventListener(name, () => members.markStale());
presence.addEventListener("joined", () => members.checkPresent(() => presence.ids));
members.addEventListener("renewed", ({ detail }) => {
  page.may_moderate = detail.moderates;
  element4("log").toggleAttribute("data-moderates", page.may_moderate);
  presence.show();
  refreshSigns();
});
stream.addEventListener("left", ({ detail }) => {
  page.role = null;
  reading.stop();
  online.stop();
  showState(detail.reason === LeftReason.DELETED ? "deleted" : "removed");
});
socket.addEventListener("frame", ({ detail }) => {
  if (detail.room_name !== roomName) return;
  if (detail.type === FrameType.READ) reading.setReadSeq(detail.seq);
  else if (detail.type === FrameType.PEOPLE) members.addJoined(detail);
  else if (detail.type === FrameType.AWAY) presence.setAway(detail.away_ids, detail.back_ids);
  else if (detail.code === ErrorCode.MUTED || detail.code === ErrorCode.SLOW_MODE) openGate().then((gate) => gate?.refused(
  detail));
  else if (detail.type === FrameType.SAVED) list2.showSaved(detail.seq, Boolean(detail.saved));
});
attachPeople(socket, page);
watchActivity(socket);
attachSigns(socket);
attachPins(stream, page);
attachPeopleFields();
attachPersonLinks(roomName);
new Switcher(page.user_id, roomName);
attachForms();
attachFocus();
watchPictures(element4("log"));
attachCode(element4("log"));
attachPreviews(element4("log"), page, conversation);
var viewer;
element4("log").addEventListener("click", async (event) => {
  const link = event.target.closest(".picture-link");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const script = await loadScript("viewer");
  if (!script) return;
  viewer ??= new script.Viewer(element4("log"), conversation);
  viewer.open(link);
});
document.addEventListener("click", async (event) => {
  const clicked = event.target;
  if (!clicked.closest(".bar-notifications, .members-notifications a")) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  (await loadScript("room-notifications-open"))?.openNotifications(roomName);
});
new Announcer(element4("announcer"), conversation);
outbox.items().filter((item) => item.room_name === roomName).forEach((item) => list2.addPending(item));
outbox.addEventListener("sent", ({ detail }) => {
  if (detail.item.room_name === roomName) conversation.acknowledge(detail.item.client_id, detail.ack.seq);
});
outbox.addEventListener("gone", ({ detail }) => conversation.keepPlace(() => list2.dropPending(detail.clientId)));
outbox.addEventListener("failed", ({ detail }) => {
  conversation.keepPlace(() => list2.fail(detail.item.client_id, detail.item.failed));
});
composer.addEventListener("send", ({ detail }) => {
  const { content, reply_to: replyTo, attachments } = detail;
  conversation.showPending(outbox.add(roomName, content, { replyTo, attachments }));
  reading.messageSent();
  typing.sent();
});
composer.addEventListener("schedule", async ({ detail: { content, reply_to: replyTo } }) => {
  (await loadScript("schedule"))?.openSchedule({ roomName, content, replyTo, done: () => composer.clear(content) });
});
composer.addEventListener("typed", ({ detail }) => typing.inputChanged(detail.content));
composer.addEventListener("typed", ({ detail }) => roomMentions.check(detail.content));
composer.addEventListener("send", () => roomMentions.check(""));
if (page.room.kind !== "open") {
  const line3 = document.querySelector(".composer-outsiders");
  let outsiders;
  const check = async (content) => {
    if (/[@＠]/.test(content)) outsiders ??= import(line3.dataset.script).then((script) => new script.Outsiders(line3, element4(
    "members"), roomName), () => outsiders = void 0);
    (await outsiders)?.check(content);
  };
  composer.addEventListener("typed", ({ detail }) => check(detail.content));
  composer.addEventListener("send", () => check(""));
}
attachFileInput(element4("composer"), element4("drop"), { add: (chosen) => composer.attach(chosen), refuse: (sentence2) => composer.
showError(sentence2) });
composer.addEventListener("emptied", ({ detail }) => {
  if (!outbox.holds(detail.id)) actions.remove(Number(detail.id), () => edits.discard(detail.id));
  else composer.showError(gettext("This message is still being sent. You can delete it afterwards."));
});
element4("log").addEventListener("click", (event) => {
  const clicked = event.target;
  const what = clicked.closest(".message-failure button")?.dataset.do;
  if (!what) return;
  const { clientId } = clicked.closest(".message").dataset;
  if (what === "retry") {
    list2.retryPending(clientId);
    outbox.retry(clientId);
  } else {
    outbox.discard(clientId);
    list2.dropPending(clientId);
  }
  composer.focus();
});
var actions = new MessageActions({ page, socket, composer, edits, conversation, reading });
attachKeys({ scroller: element4("scroller"), log: element4("log"), actions, composer });
var target = page.target === null ? void 0 : list2.get(page.target);
var line2 = document.querySelector(".message-new")?.closest(".message");
if (target) conversation.open(target, 0.5, 0);
else if (line2 && !scroller.shows(line2)) conversation.open(line2, 0.15, page.unread);
else conversation.open(null, 0, 0);
if (target) scroller.highlight(target);
if (!page.role) reading.stop();
showKept();
new Unread(socket, { open: roomName });
new ConnectionStatus(socket);
socket.connect();
if (page.muted || page.room.slow_seconds) openGate();
if (page.blocked) loadScript("log").then((script) => script?.foldBlocked(element4("log"), page.blocked));
if (element4("first-run")) loadScript("first-run");
