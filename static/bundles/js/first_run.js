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
/*! js/first_run.js f16dc4311296d81d */
var WEEK = 7 * 24 * 60 * 60 * 1e3;
var COPY_TIMEOUT = 2e3;
var { room } = document.getElementById("first-run").dataset;
var form = document.getElementById("first-run-copy");
var field = document.getElementById("first-run-url");
async function create() {
  const expires_at = new Date(Date.now() + WEEK).toISOString();
  return (await callApi("POST", `rooms/${encodeURIComponent(room)}/invite-links/`, { expires_at })).url;
}
async function copy(text) {
  const blob = text.then((known) => new Blob([known], { type: "text/plain" }));
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}
var members = document.getElementById("members");
new MutationObserver(() => {
  if (Number(document.getElementById("member-count").textContent) > 1) document.getElementById("first-run")?.remove();
}).observe(members, { childList: true, characterData: true, subtree: true });
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const link = create();
  const copied = copy(link).then(() => true, () => false);
  const givenUp = link.then(() => new Promise((resolve) => setTimeout(resolve, COPY_TIMEOUT, false)));
  try {
    field.value = await link;
    form.hidden = true;
    document.getElementById("first-run-link").hidden = false;
    field.focus();
    field.select();
    field.scrollLeft = 0;
    showToast(await Promise.race([copied, givenUp]) ? gettext("Invite link copied. It works for 7 days.") : gettext("Cop\
y the link. It works for 7 days."));
  } catch (error) {
    showToast(error.message);
  } finally {
    form.ariaBusy = null;
  }
});
