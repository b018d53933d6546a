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
/*! js/preferences.js dc696b51e7dce778 */
var { timeZone } = Intl.DateTimeFormat().resolvedOptions();
var zone = document.getElementById("id_time_zone");
var until = document.getElementById("dnd-until");
if (timeZone) {
  document.getElementById("browser-zone").value = timeZone;
  if (!zone.value) zone.value = timeZone;
  document.querySelector("#browser-zone-now span").textContent = timeZone.replaceAll("_", " ");
  document.getElementById("browser-zone-now").hidden = zone.value === timeZone;
}
if (until) showMoment(until, new Date(until.dateTime));
