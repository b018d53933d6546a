/*! js/times.js 1da46702c4bce852 */
var clock = new Intl.DateTimeFormat(void 0, { hour: "numeric", minute: "2-digit" });
var full = new Intl.DateTimeFormat(void 0, { dateStyle: "full", timeStyle: "short" });
var dayAndTime = new Intl.DateTimeFormat(void 0, { dateStyle: "medium", timeStyle: "short" });
var weekdayAndTime = new Intl.DateTimeFormat(void 0, { weekday: "short", hour: "numeric", minute: "2-digit" });
var day = new Intl.DateTimeFormat(void 0, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
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
