// The search page: dates are meant in the reader's time zone.
import "./shell.js";

/** @type {HTMLInputElement} */ (document.querySelector(".search-form [name=tz]")).value =
  Intl.DateTimeFormat().resolvedOptions().timeZone;
