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
/*! js/status.js 5170a615a5a6868e */
showLocalTimes(document);
