// The dialog that sets the reminder of a message. Loaded when it is first opened.
import { callApi } from "./api.js";
import { showMoment, showWeekday } from "./times.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */

const MINUTE = 60_000; // ms
const MORNING = 9; // o'clock
const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("remind"));
const form = dialog.querySelector("form");
const field = /** @type {HTMLInputElement} */ (document.getElementById("remind-at"));
const complaint = document.getElementById("remind-complaint");
/** @type {(moment: Date) => Promise<void>} */
let setReminder = async () => {};

dialog.addEventListener("click", ({ target }) => {
  const { time } = /** @type {HTMLElement} */ (target).closest("button")?.dataset ?? {};
  if (time) submit(timeOf(time, new Date()));
});
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(new Date(field.value));
});

/**
 * Opens the dialog for a message, which is saved if it is not yet. `remindAt` is the time of its present reminder.
 *
 * @param {{ roomName: string, seq: number, remindAt?: string }} options
 */
export function openReminder({ roomName, seq, remindAt = "" }) {
  const now = new Date();
  for (const button of dialog.querySelectorAll("[data-time]"))
    showWeekday(button.querySelector("small"), timeOf(button.dataset.time, now));
  field.min = localValue(now);
  field.value = localValue(remindAt ? new Date(remindAt) : timeOf("tomorrow", now));
  showError("");
  setReminder = async (moment) => {
    const path = `rooms/${encodeURIComponent(roomName)}/messages/${seq}/saved/`;
    await callApi("PUT", path, { remind_at: moment.toISOString() });
  };
  dialog.showModal();
}

/** @param {Date} moment */
async function submit(moment) {
  try {
    await setReminder(moment);
  } catch (error) {
    return showError(/** @type {ApiError} */ (error).message.replace(/^remind_at: /, ""));
  }
  dialog.close();
  const time = document.createElement("time");
  showMoment(time, moment);
  showToast(`Reminder set: ${time.textContent}`);
}

/** @param {string} sentence */
function showError(sentence) {
  complaint.textContent = sentence;
  complaint.hidden = !sentence;
}

/**
 * The time that a button of the dialog stands for, by the reader's clock and calendar.
 *
 * @param {string} name
 * @param {Date} now
 */
function timeOf(name, now) {
  /** @type {Record<string, number>} */
  const minutes = { "20-minutes": 20, "1-hour": 60, "3-hours": 180 };
  if (minutes[name]) return new Date(now.getTime() + minutes[name] * MINUTE);
  const days = name === "tomorrow" ? 1 : 7 - ((now.getDay() + 6) % 7);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}

/**
 * A time as the value of an input for local date and time.
 *
 * @param {Date} moment
 */
function localValue(moment) {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}
