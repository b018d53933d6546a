// A dialog for choosing a time: some buttons, or any date and time.
import { showWeekday } from "./times.js";
/** @import { ApiError } from "./api.js" */

const MINUTE = 60_000; // ms
const MORNING = 9; // o'clock

export class TimeDialog {
  #dialog;
  #field;
  #complaint;
  /** @type {(moment: Date) => Promise<void>} */
  #choose = async () => {};

  /** @param {string} id of the dialog; the ids of its parts begin with it */
  constructor(id) {
    this.#dialog = /** @type {HTMLDialogElement} */ (document.getElementById(id));
    this.#field = /** @type {HTMLInputElement} */ (document.getElementById(`${id}-at`));
    this.#complaint = document.getElementById(`${id}-complaint`);
    this.#dialog.addEventListener("click", ({ target }) => {
      const { time } = /** @type {HTMLElement} */ (target).closest("button")?.dataset ?? {};
      if (time) this.#submit(timeOf(time, new Date()));
    });
    this.#dialog.querySelector("[data-close]").addEventListener("click", () => this.#dialog.close());
    this.#dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(new Date(this.#field.value));
    });
  }

  /**
   * Opens the dialog at a time, or at tomorrow morning. It closes when `choose` has succeeded with the chosen time, and
   * otherwise shows the error that it raises.
   *
   * @param {(moment: Date) => Promise<void>} choose
   * @param {string} [present]
   */
  open(choose, present) {
    const now = new Date();
    for (const button of this.#dialog.querySelectorAll("[data-time]"))
      showWeekday(button.querySelector("small"), timeOf(button.dataset.time, now));
    this.#field.min = localValue(now);
    this.#field.value = localValue(present ? new Date(present) : timeOf("tomorrow", now));
    this.#showError("");
    this.#choose = choose;
    this.#dialog.showModal();
  }

  /** @param {Date} moment */
  async #submit(moment) {
    try {
      await this.#choose(moment);
    } catch (error) {
      // Without the name of the API's field.
      return this.#showError(/** @type {ApiError} */ (error).message.replace(/^\w+_at: /, ""));
    }
    this.#dialog.close();
  }

  /** @param {string} sentence */
  #showError(sentence) {
    this.#complaint.textContent = sentence;
    this.#complaint.hidden = !sentence;
  }
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
