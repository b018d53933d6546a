/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
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
/*! js/sidebar_drag.js ee657698860e5351 */
var sidebar = document.getElementById("sidebar");
var favourites = document.getElementById("sidebar-favourites");
function dragRoom(room) {
  const from = room.parentElement;
  const usual = document.getElementById(room.hasAttribute("data-direct") ? "sidebar-direct" : "sidebar-rooms");
  let to = null;
  const ended = new AbortController();
  const { signal } = ended;
  const mark = (list) => {
    if (list === to) return;
    to?.classList.remove("sidebar-drop");
    list?.classList.add("sidebar-drop");
    to = list;
  };
  sidebar.classList.add("sidebar-dragging");
  sidebar.addEventListener("dragover", (event) => {
    const list = listAt(event.target, usual);
    mark(list === from ? null : list);
    if (to) event.preventDefault();
  }, { signal });
  sidebar.addEventListener("drop", (event) => {
    event.preventDefault();
    if (to) move(room, to);
  }, { signal });
  document.addEventListener("dragend", () => {
    mark(null);
    sidebar.classList.remove("sidebar-dragging");
    ended.abort();
  }, { signal });
}
function listAt(place, usual) {
  const section = place.closest(".sidebar-section");
  if (section) return section.querySelector("ul");
  const near = place.closest(".sidebar-rooms, .sidebar-heading");
  return near && (near === favourites || near.id === "sidebar-favourites-heading" ? favourites : usual);
}
async function move(room, list) {
  const { section } = list.closest(".sidebar-section")?.dataset ?? {};
  const changes = list === favourites ? { favourite: true } : { favourite: false, section: section ? Number(section) : null };
  try {
    await callApi("PATCH", `rooms/${encodeURIComponent(room.dataset.room)}/membership/`, changes);
  } catch (error) {
    showToast(error.message);
  }
}
export { dragRoom };
