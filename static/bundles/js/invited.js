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
  const invitations = (await callApi("GET", "invitations/?cursor=before:&limit=100")).results;
  const names = new Set(invitations.map(({ room_name }) => room_name));
  for (const card of [...list.children]) if (!names.has(card.dataset.room)) card.remove();
  for (const invitation of news > 0 ? invitations.slice(-Math.min(news, SHOWN_AT_ONCE)) : []) if (![...list.children].some(
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
export { showInvitations };
