// The page of devices: turns notifications on and off in this browser, or says why that isn't possible.
import { ApiError, callApi } from "./api.js";
import { registerWorker } from "./app.js";
import { gettext } from "./i18n.js";
import { showMoment } from "./times.js";

const here = document.getElementById("here");
const state = document.getElementById("state");
const help = document.getElementById("help");
const turnOn = /** @type {HTMLButtonElement} */ (document.getElementById("turn-on"));
const turnOff = /** @type {HTMLButtonElement} */ (document.getElementById("turn-off"));
const publicKey = here.dataset.publicKey;

/**
 * @param {string} sentence
 * @param {string} [more]
 */
function say(sentence, more = "") {
  state.textContent = sentence;
  help.textContent = more;
  help.hidden = !more;
}

/** Returns why this browser can't show notifications: what is the case, and what to do. Null if it can. */
function obstacle() {
  const isApple =
    /iPhone|iPad/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  if (!isSecureContext)
    return [
      gettext("Not available here: this page was opened over http."),
      gettext("Browsers allow notifications only over https. Ask your admin to set it up."),
    ];
  if (isApple && !matchMedia("(display-mode: standalone)").matches && !("PushManager" in window))
    return [
      gettext("On iPhone and iPad, add Parlor to the home screen first."),
      gettext("Tap Share, then “Add to Home Screen”. Open Parlor from there and come back to this page."),
    ];
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window))
    return [
      gettext("This browser can't show notifications."),
      gettext("Use a current Firefox, Chrome, Edge or Safari, and not a private window."),
    ];
  if (Notification.permission === "denied")
    return [
      gettext("Notifications from Parlor are blocked in this browser."),
      gettext(
        "Allow them in the site settings, which open left of the address, and reload this page. If Parlor is installed, they are in the settings of your system.",
      ),
    ];
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

/** Subscribes with the server's key; a subscription with another key would never get anything. */
async function subscribe() {
  const { pushManager } = await registerWorker();
  const options = { userVisibleOnly: true, applicationServerKey: publicKey };
  const before = await pushManager.getSubscription();
  if (before && encoded(before.options.applicationServerKey) !== publicKey) await before.unsubscribe();
  return pushManager.subscribe(options);
}

/** @param {ArrayBuffer | null} key */
function encoded(key) {
  const text = btoa(String.fromCharCode(...new Uint8Array(key ?? new ArrayBuffer(0))));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {() => Promise<void>} change */
async function run(change) {
  turnOn.disabled = turnOff.disabled = true;
  try {
    await change();
  } catch (error) {
    if (error instanceof ApiError) say(error.message);
    else
      say(
        gettext("The browser could not reach its push service."),
        gettext("Try again in a moment. Some browsers have none, or have it turned off in their settings."),
      );
  } finally {
    turnOn.disabled = turnOff.disabled = false;
  }
}

turnOn.addEventListener("click", () =>
  run(async () => {
    const permission = await Notification.requestPermission();
    if (permission === "default") {
      say(
        gettext("Notifications are off."),
        gettext("The browser asks whether Parlor may show notifications: choose “Allow”."),
      );
      return;
    }
    if (permission === "denied") {
      await show();
      return;
    }
    say(gettext("Turning on…"));
    const { endpoint, keys } = (await subscribe()).toJSON();
    await callApi("POST", "devices/", { endpoint, p256dh: keys?.p256dh, auth: keys?.auth });
    location.reload();
  }),
);

turnOff.addEventListener("click", () =>
  run(async () => {
    // The server first: what it sends to a browser that has unsubscribed is lost, but does no harm.
    await callApi("DELETE", `devices/${here.dataset.device}/`);
    await (await (await registerWorker()).pushManager.getSubscription())?.unsubscribe();
    location.reload();
  }),
);

for (const time of document.querySelectorAll(".device time"))
  showMoment(time, new Date(/** @type {HTMLTimeElement} */ (time).dateTime));
show();
