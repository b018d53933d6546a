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
/*! js/times.js f010d36fa53fd80e */
var clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "numeric", minute: "2-digit" });
var full = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "short" });
var dayAndTime = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
var weekdayAndTime = new Intl.DateTimeFormat(LANGUAGE, { weekday: "short", hour: "numeric", minute: "2-digit" });
var day = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
function momentText(moment) {
  return dayAndTime.format(moment);
}
function showWeekday(element, moment) {
  element.textContent = weekdayAndTime.format(moment);
  element.title = full.format(moment);
}
/*! js/time_dialog.js a05e6286c3aa6dd4 */
var MINUTE = 6e4;
var MORNING = 9;
var TimeDialog = class {
  #dialog;
  #field;
  #complaint;
  #choose = async () => {
  };
  constructor(id) {
    this.#dialog = document.getElementById(id);
    this.#field = document.getElementById(`${id}-at`);
    this.#complaint = document.getElementById(`${id}-complaint`);
    this.#dialog.addEventListener("click", ({ target }) => {
      const { time } = target.closest("button")?.dataset ?? {};
      if (time) this.#submit(timeOf(time, /* @__PURE__ */ new Date()));
    });
    this.#dialog.querySelector("[data-close]").addEventListener("click", () => this.#dialog.close());
    this.#dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(new Date(this.#field.value));
    });
  }
  open(choose, present) {
    const now = /* @__PURE__ */ new Date();
    for (const button of this.#dialog.querySelectorAll("[data-time]")) showWeekday(button.querySelector("small"), timeOf(
    button.dataset.time, now));
    this.#field.min = localValue(now);
    this.#field.value = localValue(present ? new Date(present) : timeOf("tomorrow", now));
    this.#showError("");
    this.#choose = choose;
    this.#dialog.showModal();
  }
  async #submit(moment) {
    try {
      await this.#choose(moment);
    } catch (error) {
      return this.#showError(error.message.replace(/^\w+_at: /, ""));
    }
    this.#dialog.close();
  }
  #showError(sentence) {
    this.#complaint.textContent = sentence;
    this.#complaint.hidden = !sentence;
  }
};
function timeOf(name, now) {
  const minutes = { "20-minutes": 20, "1-hour": 60, "3-hours": 180 };
  if (minutes[name]) return new Date(now.getTime() + minutes[name] * MINUTE);
  const days = name === "tomorrow" ? 1 : 7 - (now.getDay() + 6) % 7;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}
function localValue(moment) {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
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
/*! js/remind.js 03525411cde4deea */
var dialog = new TimeDialog("remind");
function openReminder({ roomName, seq, remindAt }) {
  dialog.open(async (moment) => {
    const path = `rooms/${encodeURIComponent(roomName)}/messages/${seq}/saved/`;
    await callApi("PUT", path, { remind_at: moment.toISOString() });
    showToast(interpolate(gettext("Reminder set: %(time)s"), { time: momentText(moment) }));
  }, remindAt);
}
export { openReminder };
