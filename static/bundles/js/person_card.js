/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
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
/*! js/local_times.js df9df533eb4393ce */
function showLocalTimes(part) {
  for (const time of part.querySelectorAll("time[data-moment]")) showMoment(time, new Date(time.dateTime));
  for (const time of part.querySelectorAll("time[data-zone]")) {
    try {
      const format = { hour: "numeric", minute: "2-digit", timeZone: time.dataset.zone };
      time.textContent = new Intl.DateTimeFormat(LANGUAGE, format).format();
    } catch {
    }
  }
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
/*! js/person_card.js 33a9ac0b568a39ae */
var opener = null;
var card = document.body.appendChild(document.createElement("div"));
card.className = "person-card";
card.popover = "auto";
card.role = "dialog";
card.tabIndex = -1;
card.setAttribute("aria-labelledby", "person-name");
card.addEventListener("acted", () => card.hidePopover());
card.addEventListener("toggle", ({ newState }) => newState === "closed" && returnFocus());
var style = document.createElement("link");
style.rel = "stylesheet";
style.href = document.getElementById("main").dataset.cardStyle;
var styled = new Promise((done) => style.addEventListener("load", done, { once: true }));
document.head.append(style);
async function showCard(anchor, roomName) {
  const address = `${anchor.getAttribute("href")}card/?${new URLSearchParams({ room: roomName })}`;
  const response = await fetch(address).catch(() => null);
  if (!response?.ok || response.redirected) {
    showToast(response?.status === 404 ? gettext("User not found.") : gettext("Can't reach the server. Try again in a mo\
ment."));
    return;
  }
  card.replaceChildren(...parseOwnPage(await response.text()).body.childNodes);
  showLocalTimes(card);
  await styled;
  const message = anchor.matches(".message-author") && anchor.closest(".message");
  opener = message || anchor;
  const picture = message && message.querySelector(":scope > .avatar");
  openBeside(card, picture && picture.offsetParent && picture || opener, { align: "left" });
  card.focus();
}
function returnFocus() {
  const dialog = document.querySelector("dialog[open]");
  if (dialog) dialog.addEventListener("close", () => opener?.focus(), { once: true });
  else if (document.activeElement === document.body || card.contains(document.activeElement)) opener?.focus();
}
export { showCard };
