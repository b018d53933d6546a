// The page of notification settings: suggests the browser's time zone, and shows times in it.
import { showMoment } from "./times.js";

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const zone = /** @type {HTMLSelectElement} */ (document.getElementById("id_time_zone"));
const until = /** @type {HTMLTimeElement | null} */ (document.getElementById("dnd-until"));
if (timeZone) {
  /** @type {HTMLInputElement} */ (document.getElementById("browser-zone")).value = timeZone;
  if (!zone.value) zone.value = timeZone; // stays empty if the server does not know it
  document.querySelector("#browser-zone-now span").textContent = timeZone.replaceAll("_", " ");
  document.getElementById("browser-zone-now").hidden = zone.value === timeZone;
}
if (until) showMoment(until, new Date(until.dateTime));
