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
/*! js/trusted.js a45ffff53fe2538f */
function parseOwnPage(html) {
  return new DOMParser().parseFromString(html, "text/html");
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
/*! js/report.js 7af64ec13207e9db */
async function openReport(roomName, seq) {
  const path = `rooms/${encodeURIComponent(roomName)}/messages/${seq}/report/`;
  const form = (await fetchPage(`/${path}`))?.getElementById("report-form");
  if (!form) return showToast(gettext("Can't reach the server. Try again in a moment."));
  if (document.getElementById("report-dialog")) return;
  const heading = make("h2", { id: "report-heading", textContent: gettext("Report message") });
  const complaint = make("p", { className: "dialog-complaint", role: "alert", hidden: true });
  const cancel = make("button", { className: "button", type: "button", textContent: gettext("Cancel") });
  const buttons = make("p", { className: "dialog-buttons" });
  buttons.append(cancel, form.querySelector("[type=submit]"));
  form.append(complaint, buttons);
  const dialog = make("dialog", { className: "dialog", id: "report-dialog" });
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(heading, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const written = new FormData(form);
    try {
      await callApi("POST", path, { reason: written.get("reason"), note: written.get("note") });
    } catch (error) {
      complaint.textContent = error.message;
      complaint.hidden = false;
      return;
    }
    dialog.close();
    showToast(gettext("Reported. A moderator will look at it."));
  });
  document.body.append(dialog);
  dialog.showModal();
}
function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
export { openReport };
