// The files of a message, as templates/rooms/_picture.html and _file.html render them.
import { fileLabel, fileSize } from "./file_size.js";
import { gettext, interpolate } from "./i18n.js";
/** @import { Attachment } from "./wire.js" */

const MAX_WIDTH = 400; // px of a picture in the list, as in rooms/templatetags/attachments.py
const MAX_HEIGHT = 300;

/**
 * Shows a message's files. Elements are reused, so that a video plays on.
 *
 * @param {HTMLElement} element
 * @param {Attachment[]} attachments
 */
export function renderAttachments(element, attachments) {
  const pictures = attachments.filter((file) => file.thumbnail);
  const others = attachments.filter((file) => !file.thumbnail);
  renderRow(element.querySelector(".message-pictures"), pictures);
  renderRow(element.querySelector(".message-files"), others);
  for (const picture of element.querySelectorAll(".picture-image")) markLoaded(picture);
}

/**
 * The files that a message's element shows.
 *
 * @param {HTMLElement} element
 */
export function attachmentsOf(element) {
  return [...element.querySelectorAll("[data-file]")].map(({ dataset }) => ({ id: dataset.file, name: dataset.name }));
}

/**
 * The names of files in one line, which stand for a message without text.
 *
 * @param {{ name: string }[]} files
 */
export function namesOf(files) {
  return files.map(({ name }) => name).join(", ");
}

/**
 * Hides the placeholders of pictures once they are loaded: it would be seen through transparent ones.
 *
 * @param {HTMLElement} log
 */
export function watchPictures(log) {
  for (const picture of log.querySelectorAll(".picture-image")) markLoaded(picture);
  log.addEventListener("load", ({ target }) => markLoaded(/** @type {HTMLElement} */ (target)), { capture: true });
}

/** @param {HTMLElement} picture */
function markLoaded(picture) {
  const { complete, naturalWidth } = /** @type {HTMLImageElement} */ (picture);
  if (picture.matches(".picture-image") && complete && naturalWidth)
    picture.closest(".picture-link")?.classList.add("picture-loaded");
}

/**
 * @param {HTMLElement} row
 * @param {Attachment[]} files
 */
function renderRow(row, files) {
  const wanted = new Set(files.map(({ id }) => id));
  for (const item of [...row.children]) if (!wanted.has(item.dataset.file)) item.remove();
  for (const [place, file] of files.entries())
    if (row.children[place]?.dataset.file !== file.id) row.insertBefore(newItem(file), row.children[place] ?? null);
}

/** @param {Attachment} file */
function newItem(file) {
  const kind = file.thumbnail ? "picture" : file.kind === "image" ? "file" : file.kind;
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(`${kind}-template`));
  // Imported: a video does not load in the document of a template.
  const item = document.importNode(template.content.firstElementChild, true);
  item.dataset.file = file.id;
  item.dataset.name = file.name;
  if (!file.unscanned) item.querySelector(".unscanned").remove();
  if (file.thumbnail) fillPicture(item, file);
  else fillFile(item, file);
  return item;
}

/**
 * @param {HTMLElement} item
 * @param {Attachment} file
 */
function fillPicture(item, { name, url, width = 0, height = 0, thumbnail, placeholder, animated }) {
  const link = item.querySelector("a");
  link.href = url;
  link.dataset.width = String(width);
  link.dataset.height = String(height);
  const [shownWidth, shownHeight] = fitted(width, height);
  const size = item.querySelector(".picture-size");
  size.setAttribute("width", String(shownWidth));
  size.setAttribute("height", String(shownHeight));
  size.setAttribute("viewBox", `0 0 ${shownWidth} ${shownHeight}`);
  const below = /** @type {HTMLImageElement} */ (item.querySelector(".picture-placeholder"));
  if (placeholder) below.src = placeholder;
  else below.remove();
  const still = item.querySelector("source");
  if (animated) still.srcset = thumbnail?.url ?? "";
  else still.remove();
  const picture = /** @type {HTMLImageElement} */ (item.querySelector(".picture-image"));
  picture.alt = name;
  picture.src = animated ? url : (thumbnail?.url ?? "");
}

/**
 * @param {HTMLElement} item
 * @param {Attachment} file
 */
function fillFile(item, { name, url, size }) {
  const player = /** @type {HTMLMediaElement | null} */ (item.querySelector(".file-player"));
  if (player) {
    player.src = url;
    player.ariaLabel = name;
  }
  const link = /** @type {HTMLAnchorElement} */ (item.querySelector(".file-name"));
  link.href = url;
  link.textContent = name;
  item.querySelector(".file-facts").textContent = `${fileLabel(name)} · ${fileSize(size)}`;
  const download = /** @type {HTMLAnchorElement} */ (item.querySelector(".file-download"));
  download.href = `${url}?download`;
  download.ariaLabel = interpolate(gettext("Download %(name)s"), { name });
}

/**
 * The size of a picture in the list: within the limits, never enlarged.
 *
 * @param {number} width
 * @param {number} height
 */
function fitted(width, height) {
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return [width, height].map((length) => Math.max(1, Math.floor(length * scale + 0.5)));
}
