// Forms with actions on people: confirmed first where a button asks for it, and submitted without leaving the page.
import { postForm } from "./api.js";
import { showToast } from "./toast.js";
/** @import { ApiError } from "./api.js" */

/** @param {string} id */
const element = (id) => document.getElementById(id);
const dialog = /** @type {HTMLDialogElement} */ (element("confirm"));
/** @type {HTMLElement | null} */
let confirmed = null; // the button whose confirmation dialog was answered with yes

/**
 * Handles all forms of the page from now on. A button with `data-confirm` opens a confirmation dialog first. A form
 * with `data-live` is submitted by script, except by buttons with `data-leads-on`; afterwards it fires the event
 * "acted".
 */
export function attachForms() {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { submitter } = event;
    if (submitter?.dataset.confirm && submitter !== confirmed) {
      event.preventDefault();
      confirmFirst(form, submitter);
    } else if (form.matches("[data-live]") && !submitter?.hasAttribute("data-leads-on")) {
      event.preventDefault();
      submit(form, submitter);
    }
    confirmed = null;
  });
  document.addEventListener("input", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.form?.matches("[data-live]")) showFieldError(field, "");
  });
}

/**
 * Opens the confirmation dialog. `{name}` in its question is replaced by the name of the person the form is about.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement} button
 */
function confirmFirst(form, button) {
  const name = form.closest("[data-user]")?.querySelector(":is(.member-name, .person-name) bdi").textContent ?? "";
  element("confirm-question").textContent = button.dataset.confirm.replace("{name}", name);
  element("confirm-more").textContent = button.dataset.confirmMore ?? "";
  element("confirm-yes").textContent = button.dataset.confirmYes;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes" || !button.isConnected) return;
    confirmed = button;
    form.requestSubmit(button);
  };
  dialog.showModal();
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
async function submit(form, submitter) {
  if (form.ariaBusy === "true") return; // the button was pressed twice
  const field = /** @type {HTMLInputElement | null} */ (form.querySelector("input:not([type=hidden])"));
  form.ariaBusy = "true";
  try {
    const { detail } = await postForm(form, submitter);
    if (field) field.value = "";
    if (detail) showToast(detail);
    form.closest("details")?.removeAttribute("open");
    form.dispatchEvent(new Event("acted", { bubbles: true }));
  } catch (error) {
    const { status, message } = /** @type {ApiError} */ (error);
    if (field && status) showFieldError(field, message);
    else showToast(message);
  } finally {
    form.ariaBusy = null;
  }
}

/**
 * Shows an error below a field and focuses the field; an empty sentence removes the error.
 *
 * @param {HTMLInputElement} field
 * @param {string} sentence
 */
function showFieldError(field, sentence) {
  const line = field.form?.querySelector(".field-error");
  if (!line || (!sentence && line.hidden)) return;
  line.textContent = sentence;
  line.hidden = !sentence;
  if (sentence) {
    field.setAttribute("aria-describedby", line.id);
    field.ariaInvalid = "true";
    field.focus();
  } else {
    field.removeAttribute("aria-describedby");
    field.ariaInvalid = null;
  }
}
