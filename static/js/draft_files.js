// The files of the new message: listed in its draft, and uploaded in the background.
import { callApi } from "./api.js";
import * as fileStore from "./file_store.js";
import { fileSize } from "./file_size.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { newClientId } from "./ids.js";
import { Upload, UploadError } from "./uploads.js";
/** @import { DraftFile, Drafts } from "./drafts.js" */
/** @import { FileLimits } from "./wire.js" */

const AT_ONCE = 1; // uploads: the server looks at one picture of a person at a time
const LOST = gettext("The upload was interrupted, and the browser has not kept the file. Attach it again.");

/**
 * What this tab knows about a file of the draft.
 *
 * @typedef {object} Known
 * @property {File} [file]
 * @property {boolean} [fleeting] whether it would be lost with the page
 * @property {string} [preview] the address of a picture in this browser
 * @property {AbortController} [running] while it is being uploaded, or waits for another tab that uploads it
 * @property {Upload} [upload]
 * @property {string} [problem] why the upload failed
 */

/**
 * A file as the tray shows it: `sent` bytes of it are uploaded. `problem` says why the upload has failed, or, if it is
 * `waiting`, what for.
 *
 * @typedef {DraftFile & {
 *   sent: number,
 *   waiting: boolean,
 *   problem: string,
 *   mayRetry: boolean,
 *   preview: string,
 * }} TrayFile
 */

/**
 * The list is in the draft, which all tabs share; of unfinished uploads, file_store.js keeps the content. A lock for
 * each file lets only one tab upload it, and another go on if that one is closed. Event: "changed".
 */
export class DraftFiles extends EventTarget {
  #drafts;
  #roomName;
  #limits;
  /** @type {Map<string, Known>} */
  #known = new Map();

  /**
   * @param {{ drafts: Drafts, roomName: string, limits: FileLimits }} options
   */
  constructor({ drafts, roomName, limits }) {
    super();
    this.#drafts = drafts;
    this.#roomName = roomName;
    this.#limits = limits;
    drafts.addEventListener("changed", () => this.#update());
    document.addEventListener("visibilitychange", () => this.#start());
    // The browser asks whether to leave the page.
    addEventListener("beforeunload", (event) => this.#losing && event.preventDefault());
    this.#start();
  }

  /** @returns {TrayFile[]} */
  get items() {
    return this.#drafts.message.files.map((file) => {
      const { file: content, upload, problem = "", preview } = this.#known.get(file.key) ?? {};
      return {
        ...file,
        ...(file.attachment && { name: file.attachment.name }),
        sent: upload?.sent ?? 0,
        waiting: Boolean(upload?.waiting),
        problem: file.attachment ? "" : problem || (upload?.waiting ?? ""),
        mayRetry: Boolean(content),
        preview: preview ?? file.attachment?.thumbnail?.url ?? "",
      };
    });
  }

  /** Whether a file is not uploaded yet. */
  get unfinished() {
    return this.#drafts.message.files.some((file) => !file.attachment);
  }

  /** Whether the upload of a file has failed. */
  get failed() {
    return this.items.some((file) => file.problem && !file.waiting);
  }

  /** Whether a file that is not uploaded yet would be lost with the page. */
  get #losing() {
    return this.#drafts.message.files.some(({ key, attachment }) => !attachment && this.#known.get(key)?.fleeting);
  }

  /**
   * Adds files and begins to upload them; returns why some are refused, or "".
   *
   * @param {File[]} files
   */
  add(files) {
    const { max_bytes, max_count } = this.#limits;
    const problems = [];
    for (const file of files) {
      const { files: others } = this.#drafts.message;
      if (others.length >= max_count) {
        problems.push(
          interpolate(
            ngettext(
              "A message can have at most %(count)s file.",
              "A message can have at most %(count)s files.",
              max_count,
            ),
            { count: max_count },
          ),
        );
        break;
      }
      if (file.size > max_bytes)
        problems.push(
          interpolate(gettext("%(name)s is too large: %(size)s. Files can have at most %(limit)s."), {
            name: file.name,
            size: fileSize(file.size),
            limit: fileSize(max_bytes),
          }),
        );
      else if (!file.size) problems.push(interpolate(gettext("%(name)s is empty."), { name: file.name }));
      else this.#addOne(file, others);
    }
    this.#update();
    this.#start();
    return problems.join(" ");
  }

  /**
   * @param {File} file
   * @param {DraftFile[]} others
   */
  #addOne(file, others) {
    const { name, size, type } = file;
    const key = newClientId();
    this.#drafts.keep({ files: [...others, { key, name, size, type }] });
    const known = this.#knownOf(key);
    known.fleeting = true; // storing a large file takes a moment
    showPreview(known, file);
    fileStore.keep(key, file).then((kept) => (known.fleeting = !kept));
  }

  /** @param {string} key */
  remove(key) {
    const { files } = this.#drafts.message;
    const id = files.find((file) => file.key === key)?.id;
    this.#drafts.keep({ files: files.filter((file) => file.key !== key) });
    fileStore.drop(key);
    if (id) callApi("DELETE", `uploads/${id}/`).catch(() => {}); // otherwise it expires
    this.#update();
    this.#start();
  }

  /** @param {string} key */
  retry(key) {
    const known = this.#known.get(key);
    if (!known) return;
    known.upload?.retryNow();
    known.problem = undefined;
    this.#update();
    this.#start();
  }

  /** Takes all files out of the draft, to be sent, and returns their wire forms. They must be uploaded. */
  take() {
    const attachments = this.#drafts.message.files.map(({ attachment }) => attachment);
    this.#drafts.keep({ files: [] });
    this.#update();
    return attachments.filter(Boolean);
  }

  /** Forgets the files that are no longer in the draft, and tells that the list may have changed. */
  #update() {
    const keys = new Set(this.#drafts.message.files.map(({ key }) => key));
    for (const [key, known] of this.#known) {
      if (keys.has(key)) continue;
      known.running?.abort();
      if (known.preview) URL.revokeObjectURL(known.preview);
      this.#known.delete(key);
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("changed"));
  }

  /** @param {string} key */
  #knownOf(key) {
    const known = this.#known.get(key) ?? {};
    this.#known.set(key, known);
    return known;
  }

  /** Begins the uploads that are not running, up to AT_ONCE. */
  #start() {
    for (const { key, attachment } of this.#drafts.message.files) {
      const running = [...this.#known.values()].filter((known) => known.running).length;
      if (running >= AT_ONCE) return;
      const known = this.#known.get(key);
      if (!attachment && !known?.running && !known?.problem) this.#run(key);
    }
  }

  /** @param {string} key */
  async #run(key) {
    const known = this.#knownOf(key);
    known.running = new AbortController();
    const { signal } = known.running;
    try {
      await alone(`parlor:upload:${key}`, signal, () => this.#transfer(key, known, signal));
    } catch (error) {
      known.problem = error instanceof UploadError ? error.message : LOST;
    }
    known.running = known.upload = undefined;
    if (signal.aborted) return;
    this.#changed();
    this.#start();
  }

  /**
   * @param {string} key
   * @param {Known} known
   * @param {AbortSignal} signal
   */
  async #transfer(key, known, signal) {
    const draft = this.#drafts.message.files.find((file) => file.key === key);
    if (!draft || draft.attachment) return; // another tab was faster
    const file = known.file ?? (await fileStore.read(key));
    if (!file) throw new UploadError(0, LOST);
    if (signal.aborted) return;
    if (!known.file) showPreview(known, file);
    const { part_bytes: partBytes } = this.#limits;
    const upload = new Upload({ roomName: this.#roomName, file, partBytes, id: draft.id, signal });
    known.upload = upload;
    upload.addEventListener("created", () => this.#drafts.keepFile(key, { id: upload.id }));
    upload.addEventListener("progress", () => this.#changed());
    const attachment = await upload.run();
    if (signal.aborted) return;
    this.#drafts.keepFile(key, { id: upload.id, attachment });
    fileStore.drop(key);
  }
}

/**
 * @param {Known} known
 * @param {File} file
 */
function showPreview(known, file) {
  known.file = file;
  if (file.type.startsWith("image/")) known.preview = URL.createObjectURL(file);
}

/**
 * Runs `action` in one tab at a time. Browsers have locks only on https and localhost; elsewhere two tabs may upload
 * the same file, and the server lets each continue where the other is.
 *
 * @param {string} name
 * @param {AbortSignal} signal
 * @param {() => Promise<void>} action
 */
async function alone(name, signal, action) {
  await (navigator.locks ? navigator.locks.request(name, { signal }, action) : action());
}
