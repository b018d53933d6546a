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
/*! js/people_field.js 8e98340d883e50b8 */
var MAX_SEARCHED = 100;
function search(words, limit) {
  const query = new URLSearchParams({ search: words, limit: String(limit) });
  return callApi("GET", `people/?${query}`).then(({ results }) => results, () => null);
}
async function resolveUserName(words) {
  const key = (name) => name.normalize("NFKC").trim().toLowerCase();
  const plain = words.trim().replace(/^@/, "");
  const people = await search(plain, MAX_SEARCHED) ?? [];
  if (people.some(({ user_name }) => key(user_name) === key(plain))) return plain;
  const matches = people.filter(({ display_name }) => key(display_name) === key(words));
  if (matches.length > 1) {
    const choices = matches.map(({ user_name }) => `@${user_name}`).join(", ");
    throw new Error(interpolate(gettext("Several people are named \u201C%(name)s\u201D: %(choices)s. Enter a username."),
    { name: words, choices }));
  }
  return matches[0]?.user_name ?? plain;
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
/*! js/task_dialog.js 5e116b435c0eb1f6 */
var dialog = document.getElementById("make-task");
var form = dialog.querySelector("form");
var { title, assignee, due } = form.elements;
var complaint = document.getElementById("task-complaint");
var roomName = "";
var seq = 0;
var suggestedTitle = "";
var submitting = false;
form.addEventListener("submit", submit);
function createTask(room, quote) {
  roomName = room;
  seq = quote.seq;
  title.value = suggestedTitle = (quote.excerpt ?? "").slice(0, title.maxLength);
  assignee.value = due.value = "";
  showError("");
  dialog.showModal();
  title.select();
}
function messageChanged(quote) {
  if (quote.seq !== seq || title.value !== suggestedTitle) return;
  title.value = suggestedTitle = (quote.excerpt ?? "").slice(0, title.maxLength);
  if (!quote.deleted || !dialog.open) return;
  dialog.close();
  showToast(gettext("The message was deleted."));
}
async function submit(event) {
  event.preventDefault();
  if (submitting) return;
  const body = { title: title.value, room_name: roomName, seq, due_on: due.value || null };
  submitting = true;
  let task;
  try {
    if (assignee.value.trim()) body.assignee = await resolveUserName(assignee.value);
    task = await callApi("POST", "tasks/", body);
  } catch (error) {
    const { message } = error;
    showError(message.replace(/^\w+: /, ""));
    const field = message.startsWith("title") ? title : message.startsWith("due_on") ? due : assignee;
    field.focus();
    return;
  } finally {
    submitting = false;
  }
  dialog.close();
  const link = document.createElement("a");
  link.href = `/tasks/${task.id}/`;
  link.textContent = gettext("View");
  showToast(gettext("Task created."), link);
}
function showError(sentence) {
  complaint.textContent = sentence;
  complaint.hidden = !sentence;
}
export { createTask, messageChanged };
