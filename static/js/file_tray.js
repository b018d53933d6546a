// The tray above the composer: the files of the new message, with their progress.
import { fileLabel, fileSize } from "./file_size.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
/** @import { DraftFiles, TrayFile } from "./draft_files.js" */

const template = /** @type {HTMLTemplateElement} */ (document.getElementById("tray-template"));

export class FileTray {
  #list;
  #said;
  #files;
  /** @type {Map<string, { element: HTMLElement, state: string }>} */
  #shown = new Map();

  /**
   * `said` is a live region for screen readers.
   *
   * @param {HTMLElement} list
   * @param {HTMLElement} said
   * @param {DraftFiles} files
   */
  constructor(list, said, files) {
    this.#list = list;
    this.#said = said;
    this.#files = files;
    files.addEventListener("changed", () => this.#show());
    list.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      const key = target.closest("li")?.dataset.key;
      if (!button || !key) return;
      if (button.matches(".tray-remove")) files.remove(key);
      else files.retry(key);
    });
    this.#show();
  }

  #show() {
    const items = this.#files.items;
    const keys = new Set(items.map(({ key }) => key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    const added = items.filter(({ key }) => !this.#shown.has(key));
    for (const item of items) {
      const shown = this.#shown.get(item.key) ?? this.#add(item);
      fill(shown.element, item);
      const state = stateOf(item);
      if (state !== shown.state) this.#announce(item, state);
      if (state === "failed" && state !== shown.state)
        shown.element.scrollIntoView({ block: "nearest", inline: "nearest" });
      shown.state = state;
    }
    this.#list.hidden = !items.length;
    if (!added.length) return;
    this.#list.scrollLeft = this.#list.scrollWidth;
    const uploading = added.filter((item) => stateOf(item) === "uploading");
    const count = uploading.length;
    if (count > 1)
      this.#said.textContent = interpolate(ngettext("Uploading %(count)s file.", "Uploading %(count)s files.", count), {
        count,
      });
    else if (count) this.#said.textContent = interpolate(gettext("Uploading %(name)s."), { name: uploading[0].name });
  }

  /** @param {TrayFile} item */
  #add(item) {
    const element = document.importNode(template.content.firstElementChild, true);
    element.dataset.key = item.key;
    const picture = element.querySelector("img");
    picture.addEventListener("error", () => (picture.hidden = true)); // the browser can't show this kind of picture
    this.#list.append(element);
    const shown = { element, state: stateOf(item) };
    this.#shown.set(item.key, shown);
    return shown;
  }

  /**
   * @param {TrayFile} item
   * @param {string} state
   */
  #announce({ name, problem }, state) {
    if (state === "done") this.#said.textContent = interpolate(gettext("%(name)s uploaded."), { name });
    else if (state === "failed")
      this.#said.textContent = interpolate(gettext("%(name)s not uploaded. %(problem)s"), {
        name,
        problem: problem ?? "",
      });
  }
}

/** @param {TrayFile} item */
function stateOf({ attachment, problem, waiting }) {
  if (attachment) return "done";
  return problem && !waiting ? "failed" : "uploading";
}

/**
 * @param {HTMLElement} element
 * @param {TrayFile} item
 */
function fill(element, item) {
  const { name, size, sent, problem, mayRetry, preview } = item;
  const state = stateOf(item);
  element.classList.toggle("tray-failed", state === "failed");
  const picture = element.querySelector("img");
  if (preview && picture.getAttribute("src") !== preview) {
    picture.src = preview;
    picture.hidden = false;
  }
  element.querySelector(".tray-label").textContent = fileLabel(name);
  element.querySelector(".tray-name").textContent = name;
  element.title = name;
  const facts = element.querySelector(".tray-facts");
  facts.textContent = problem || (state === "uploading" && sent === size ? gettext("Processing…") : fileSize(size));
  const progress = element.querySelector("progress");
  progress.hidden = state !== "uploading";
  progress.value = sent;
  progress.max = size;
  progress.setAttribute("aria-label", interpolate(gettext("Uploading %(name)s"), { name }));
  const retry = element.querySelector(".tray-retry");
  retry.hidden = !problem || !mayRetry;
  retry.setAttribute("aria-label", interpolate(gettext("Retry %(name)s"), { name }));
  element.querySelector(".tray-remove").setAttribute("aria-label", interpolate(gettext("Remove %(name)s"), { name }));
}
