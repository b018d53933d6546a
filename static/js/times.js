// Formats times in the reader's time zone and locale.
import { LANGUAGE, gettext } from "./i18n.js";
const clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "short" });
const dayAndTime = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
const weekdayAndTime = new Intl.DateTimeFormat(LANGUAGE, { weekday: "short", hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/**
 * @param {HTMLElement} element
 * @param {Date} moment
 */
export function showTime(element, moment) {
  element.textContent = clock.format(moment);
  element.title = full.format(moment);
}

/**
 * Shows a time with its day.
 *
 * @param {HTMLElement} element
 * @param {Date} moment
 */
export function showMoment(element, moment) {
  element.textContent = momentText(moment);
  element.title = full.format(moment);
}

/**
 * A time with its day.
 *
 * @param {Date} moment
 */
export function momentText(moment) {
  return dayAndTime.format(moment);
}

/**
 * Shows a time within a week from now.
 *
 * @param {HTMLElement} element
 * @param {Date} moment
 */
export function showWeekday(element, moment) {
  element.textContent = weekdayAndTime.format(moment);
  element.title = full.format(moment);
}

/**
 * @param {Date} one
 * @param {Date} other
 */
export function sameDay(one, other) {
  return one.toDateString() === other.toDateString();
}

/** The time until local midnight, in ms. */
export function untilMidnight() {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
}

/** @param {Date} moment */
export function dayName(moment) {
  const today = new Date();
  if (sameDay(moment, today)) return gettext("Today");
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  return sameDay(moment, yesterday) ? gettext("Yesterday") : day.format(moment);
}
