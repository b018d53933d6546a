// Shows times of people's cards as the reader's locale writes them: what time it is where they are, and moments.
import { LANGUAGE } from "./i18n.js";
import { showMoment } from "./times.js";

/** @param {ParentNode} part */
export function showLocalTimes(part) {
  for (const time of part.querySelectorAll("time[data-moment]"))
    showMoment(time, new Date(/** @type {HTMLTimeElement} */ (time).dateTime));
  for (const time of part.querySelectorAll("time[data-zone]")) {
    try {
      const format = { hour: "numeric", minute: "2-digit", timeZone: time.dataset.zone };
      time.textContent = new Intl.DateTimeFormat(LANGUAGE, /** @type {Intl.DateTimeFormatOptions} */ (format)).format();
    } catch {
      // The browser doesn't know the time zone; the server has written the time.
    }
  }
}
