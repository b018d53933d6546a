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
/*! js/local_times.js 9b4b485b144b3c6e */
function showLocalTimes(part) {
  for (const time of part.querySelectorAll("time[data-moment]")) showMoment(time, new Date(time.dateTime));
  for (const time of part.querySelectorAll("time[data-zone]")) {
    try {
      const format = { hour: "numeric", minute: "2-digit", timeZone: time.dataset.zone };
      time.textContent = new Intl.DateTimeFormat(void 0, format).format();
    } catch {
    }
  }
}
/*! js/status.js 5170a615a5a6868e */
showLocalTimes(document);
