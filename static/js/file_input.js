// How files get into the new message: chosen by the button, pasted, or dropped anywhere on the page.
import { gettext } from "./i18n.js";

/**
 * `add` receives the files; `refuse` a sentence about those that can't be attached. Nothing is added while the composer
 * is hidden.
 *
 * @param {HTMLElement} composer
 * @param {HTMLElement} overlay shown while files are dragged over the page
 * @param {{ add: (files: File[]) => void, refuse: (sentence: string) => void }} options
 */
export function attachFileInput(composer, overlay, { add, refuse }) {
  const input = /** @type {HTMLInputElement} */ (composer.querySelector("input[type=file]"));
  composer.querySelector("[data-do=attach]").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    add([...(input.files ?? [])]);
    input.value = ""; // so that the same file can be chosen again
  });
  addEventListener("paste", (event) => {
    const { clipboardData } = event;
    const target = /** @type {HTMLElement} */ (event.target);
    const inComposer = composer.contains(target);
    const elsewhere = target.closest("input, textarea, dialog") && !inComposer;
    if (!clipboardData?.files.length || elsewhere || composer.hidden || isText(clipboardData)) return;
    event.preventDefault();
    add([...clipboardData.files]);
  });
  let inside = false; // a picture of the page is being dragged, which browsers offer as a file, too
  addEventListener("dragstart", () => (inside = true));
  addEventListener("dragend", () => (inside = false));
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    addEventListener(name, (event) => {
      if (!(event instanceof DragEvent) || !event.dataTransfer?.types.includes("Files") || inside) return;
      // Otherwise the browser would open the file in place of the page.
      event.preventDefault();
      const open = !composer.hidden && !document.querySelector("dialog[open], dialog:popover-open");
      if (!open) event.dataTransfer.dropEffect = "none";
      overlay.hidden = !open || name === "drop" || (name === "dragleave" && !event.relatedTarget);
      if (name === "drop" && open) drop(event.dataTransfer);
    });
  }

  /** @param {DataTransfer} data */
  function drop(data) {
    // The entries must be asked for during the event; older browsers have none.
    const folders = [...data.items].filter((item) => item.webkitGetAsEntry?.()?.isDirectory).length;
    const files = [...data.items]
      .filter((item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory)
      .map((item) => item.getAsFile())
      .filter((file) => file !== null);
    if (files.length) add(files);
    if (folders) refuse(gettext("Folders can't be attached. Attach the files in them."));
  }
}

/**
 * Whether a paste is to insert text. Text that merely names the files comes from a file manager; other applications,
 * such as spreadsheets, add a picture of their text.
 *
 * @param {DataTransfer} data
 */
function isText(data) {
  const names = [...data.files].map((file) => file.name);
  const lines = data.getData("text/plain").split(/\r?\n/);
  return lines.some((line) => line.trim() && !names.includes(line.trim().replace(/^.*[/\\]/, "")));
}
