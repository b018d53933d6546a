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
/*! js/trusted.js a45ffff53fe2538f */
function parseOwnPage(html) {
  return new DOMParser().parseFromString(html, "text/html");
}
/*! js/previews.js eb3ba62e5e337413 */
var MAX_LINKED = 3;
var DISTANCE = "800px";
var ROOM = /^\/rooms\/([a-z0-9._-]+)\/$/;
var log = document.getElementById("log");
var template = document.getElementById("preview-template");
var linked = /* @__PURE__ */ new Map();
var styled;
var nearby;
async function show(element, previews, style, conversation) {
  const { version } = element.dataset;
  nearby ??= start(conversation);
  styled ??= load(style);
  await styled;
  if (element.dataset.version !== version) return;
  if (previews) conversation.keepPlace(() => render(element, previews));
  if (addressesIn(element).length) nearby.observe(element);
  else element.querySelector(".message-linked")?.remove();
}
function start(conversation) {
  log.addEventListener("click", ({ target }) => {
    const button = target.closest(".preview-remove");
    if (button) remove(button);
  });
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      showLinked(target, conversation);
    }
  }, { root: document.getElementById("scroller"), rootMargin: DISTANCE });
  return observer;
}
async function load(address) {
  if (document.querySelector(`link[href="${address}"]`)) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  const loaded = new Promise((resolve) => link.onload = link.onerror = resolve);
  document.head.append(link);
  await loaded;
}
function render(element, previews) {
  const row = rowOf(element, "previews-of-links", gettext("Link previews"), previews.length > 0);
  row?.replaceChildren(...previews.map(newCard));
}
function rowOf(element, kind, label, needed) {
  const row = element.querySelector(`.${kind}`);
  if (!needed) row?.remove();
  if (row || !needed) return needed ? row : null;
  const made = document.createElement("ul");
  made.className = `message-previews ${kind}`;
  made.ariaLabel = label;
  element.querySelector(".message-files").after(made);
  return made;
}
function newCard({ id, url, title, site, description, picture }) {
  const card = document.importNode(template.content.firstElementChild, true);
  card.dataset.preview = String(id);
  card.querySelector(".preview-site").textContent = site;
  const link = card.querySelector(".preview-title");
  link.href = url;
  link.textContent = title;
  const text = card.querySelector(".preview-description");
  text.textContent = description;
  if (!description) text.remove();
  const image = card.querySelector(".preview-picture");
  if (picture) Object.assign(image, { width: picture.width, height: picture.height, src: picture.url });
  else image.remove();
  card.querySelector(".preview-remove").ariaLabel = interpolate(gettext("Remove preview of %(title)s"), { title });
  return card;
}
async function remove(button) {
  const { preview } = button.closest(".preview").dataset;
  const { seq } = button.closest(".message").dataset;
  const room = ROOM.exec(location.pathname)?.[1];
  try {
    await callApi("DELETE", `rooms/${room}/messages/${seq}/previews/${preview}/`);
  } catch (error) {
    showToast(error.message);
  }
}
function addressesIn(element) {
  const addresses = /* @__PURE__ */ new Set();
  for (const link of element.querySelectorAll(".message-body a[href]:not(blockquote a)")) {
    const { origin, pathname, searchParams } = new URL(link.href);
    const seq = searchParams.get("message") ?? "";
    if (origin === location.origin && ROOM.test(pathname) && /^[1-9]\d{0,17}$/.test(seq)) addresses.add(`${pathname}mess\
ages/${seq}/`);
  }
  return [...addresses].slice(0, MAX_LINKED);
}
async function showLinked(element, conversation) {
  const addresses = addressesIn(element);
  const cards = await Promise.all(addresses.map(fetchCard));
  if (String(addressesIn(element)) !== String(addresses)) return;
  const found = cards.filter((card) => card !== null).map((card) => document.importNode(card, true));
  conversation.keepPlace(() => {
    const row = rowOf(element, "message-linked", gettext("Linked messages"), found.length > 0);
    row?.replaceChildren(...found);
  });
}
function fetchCard(address) {
  if (!linked.has(address)) linked.set(address, readCard(address));
  return linked.get(address);
}
async function readCard(address) {
  const response = await fetch(address).catch(() => null);
  if (!response?.ok || response.redirected) return null;
  const card = parseOwnPage(await response.text()).querySelector(".preview");
  const time = card?.querySelector("time") ?? null;
  if (time) time.textContent = new Date(time.dateTime).toLocaleString(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
  return card;
}
export { show };
