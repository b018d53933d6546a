// Forms that do something to people: asked about first where a button says so, and sent without leaving the page.
import { postForm } from "./api.js";
import { say } from "./saying.js";

const element = (id) => document.getElementById(id);
let agreed = null; // the button whose question has been answered with yes

/**
 * From now on, in the whole page: a button with `data-confirm` asks that first, and a form with `data-live` is sent by
 * script, but for buttons with `data-leads-on`. When that is done the form has the event "acted".
 */
export function attachActing() {
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (submitter?.dataset.confirm && submitter !== agreed) {
      event.preventDefault();
      ask(form, submitter);
    } else if (form.matches("[data-live]") && !submitter?.hasAttribute("data-leads-on")) {
      event.preventDefault();
      act(form, submitter);
    }
    agreed = null;
  });
  document.addEventListener("input", ({ target }) => target.form?.matches("[data-live]") && complain(target, ""));
}

/** In a question `{name}` is who the form is about. */
function ask(form, button) {
  const dialog = element("confirm");
  const name = form.closest("[data-user]")?.querySelector(".member-name bdi").textContent ?? "";
  element("confirm-question").textContent = button.dataset.confirm.replace("{name}", name);
  element("confirm-more").textContent = button.dataset.confirmMore ?? "";
  element("confirm-yes").textContent = button.dataset.confirmYes;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes" || !button.isConnected) return;
    agreed = button;
    form.requestSubmit(button);
  };
  dialog.showModal();
}

async function act(form, submitter) {
  if (form.ariaBusy === "true") return; // pressed twice
  const field = form.querySelector("input:not([type=hidden])");
  form.ariaBusy = "true";
  try {
    const { detail } = await postForm(form, submitter);
    if (field) field.value = "";
    if (detail) say(detail);
    form.closest("details")?.removeAttribute("open");
    form.dispatchEvent(new Event("acted", { bubbles: true }));
  } catch (error) {
    if (field && error.status) complain(field, error.message);
    else say(error.message);
  } finally {
    form.ariaBusy = null;
  }
}

/** Say under a field what is wrong with it, and lead there; an empty sentence takes it back. */
function complain(field, sentence) {
  const line = field.form.querySelector(".field-error");
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
