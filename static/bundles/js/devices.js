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
/*! js/app.js 8fbcfdd7f2bc0d8d */
async function registerWorker() {
  await navigator.serviceWorker.register("/sw.js");
  return navigator.serviceWorker.ready;
}
/*! js/times.js f010d36fa53fd80e */
var clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "numeric", minute: "2-digit" });
var full = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "short" });
var dayAndTime = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
var weekdayAndTime = new Intl.DateTimeFormat(LANGUAGE, { weekday: "short", hour: "numeric", minute: "2-digit" });
var day = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
function showMoment(element, moment) {
  element.textContent = momentText(moment);
  element.title = full.format(moment);
}
function momentText(moment) {
  return dayAndTime.format(moment);
}
/*! js/devices.js ac403b2a05daea0f */
var here = document.getElementById("here");
var state = document.getElementById("state");
var help = document.getElementById("help");
var turnOn = document.getElementById("turn-on");
var turnOff = document.getElementById("turn-off");
var publicKey = here.dataset.publicKey;
function say(sentence, more = "") {
  state.textContent = sentence;
  help.textContent = more;
  help.hidden = !more;
}
function obstacle() {
  const isApple = /iPhone|iPad/.test(navigator.userAgent) || /Mac/.test(navigator.userAgent) && navigator.maxTouchPoints >
  1;
  if (!isSecureContext) return [gettext("Not available here: this page was opened over http."), gettext("Browsers allow \
notifications only over https. Ask your admin to set it up.")];
  if (isApple && !matchMedia("(display-mode: standalone)").matches && !("PushManager" in window)) return [gettext("On iP\
hone and iPad, add Parlor to the home screen first."), gettext("Tap Share, then \u201CAdd to Home Screen\u201D. Open Parlor from t\
here and come back to this page.")];
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return [gettext("This brow\
ser can't show notifications."), gettext("Use a current Firefox, Chrome, Edge or Safari, and not a private window.")];
  if (Notification.permission === "denied") return [gettext("Notifications from Parlor are blocked in this browser."), gettext(
  "Allow them in the site settings, which open left of the address, and reload this page. If Parlor is installed, they a\
re in the settings of your system.")];
  return null;
}
async function show() {
  turnOn.hidden = turnOff.hidden = true;
  const reason = obstacle();
  if (reason) {
    say(reason[0], reason[1]);
    return;
  }
  const subscription = await (await registerWorker()).pushManager.getSubscription();
  const on = Boolean(subscription && here.dataset.device && Notification.permission === "granted");
  say(on ? gettext("Notifications are on.") : gettext("Notifications are off."));
  turnOn.hidden = on;
  turnOff.hidden = !on;
}
async function subscribe() {
  const { pushManager } = await registerWorker();
  const options = { userVisibleOnly: true, applicationServerKey: publicKey };
  const before = await pushManager.getSubscription();
  if (before && encoded(before.options.applicationServerKey) !== publicKey) await before.unsubscribe();
  return pushManager.subscribe(options);
}
function encoded(key) {
  const text = btoa(String.fromCharCode(...new Uint8Array(key ?? new ArrayBuffer(0))));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
async function run(change) {
  turnOn.disabled = turnOff.disabled = true;
  try {
    await change();
  } catch (error) {
    if (error instanceof ApiError) say(error.message);
    else say(gettext("The browser could not reach its push service."), gettext("Try again in a moment. Some browsers hav\
e none, or have it turned off in their settings."));
  } finally {
    turnOn.disabled = turnOff.disabled = false;
  }
}
turnOn.addEventListener("click", () => run(async () => {
  const permission = await Notification.requestPermission();
  if (permission === "default") {
    say(gettext("Notifications are off."), gettext("The browser asks whether Parlor may show notifications: choose \u201CAllo\
w\u201D."));
    return;
  }
  if (permission === "denied") {
    await show();
    return;
  }
  say(gettext("Turning on\u2026"));
  const { endpoint, keys } = (await subscribe()).toJSON();
  await callApi("POST", "devices/", { endpoint, p256dh: keys?.p256dh, auth: keys?.auth });
  location.reload();
}));
turnOff.addEventListener("click", () => run(async () => {
  await callApi("DELETE", `devices/${here.dataset.device}/`);
  await (await (await registerWorker()).pushManager.getSubscription())?.unsubscribe();
  location.reload();
}));
for (const time of document.querySelectorAll(".device time")) showMoment(time, new Date(time.dateTime));
show();
