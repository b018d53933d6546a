// Pages with times, such as the audit log: shows them in the reader's time zone.
import "./shell.js";
import { showMoment } from "./times.js";

export function showMoments() {
  for (const time of document.querySelectorAll("main time"))
    showMoment(time, new Date(/** @type {HTMLTimeElement} */ (time).dateTime));
}

showMoments();
