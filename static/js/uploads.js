// Uploads a file in parts, by the core protocol of tus 1.0 (https://tus.io), and resumes after errors.
import { csrfToken, SIGNED_OUT } from "./api.js";
import { gettext } from "./i18n.js";
/** @import { Attachment } from "./wire.js" */

// All times are in ms.
const STALLED = 60_000; // without progress before a request is given up
const EXAMINED = 300_000; // for the answer to a part: with the last one, the server examines the file
const FIRST_DELAY = 1_000; // before the first retry; doubled with each
const MAX_DELAY = 30_000;
const NOTABLE = 3_000; // a shorter pause is not reported
const MAX_REFUSALS = 8; // answers in a row that ask to retry; without a connection there is no limit
const TRANSIENT = new Set([0, 408, 423, 425, 429, 500, 502, 503, 504]);

/** Why an upload failed, as a sentence for people. `status` is the HTTP status, or 0 without an answer. */
export class UploadError extends Error {
  /**
   * @param {number} status
   * @param {string} sentence
   * @param {number} [retryAfter]
   */
  constructor(status, sentence, retryAfter = 0) {
    super(sentence);
    this.status = status;
    this.retryAfter = retryAfter; // seconds
  }
}

/**
 * The upload of one file. Events: "created" (`id` is new), "progress" (`sent` or `waiting` has changed).
 */
export class Upload extends EventTarget {
  #roomName;
  #file;
  #partBytes;
  #signal;
  #offset = 0; // bytes that the server has
  #wake = () => {}; // ends the pause before a retry
  sent = 0; // bytes
  waiting = ""; // why it pauses before a retry
  id;

  /**
   * `id` is the server's id of an upload that was begun earlier.
   *
   * @param {{ roomName: string, file: File, partBytes: number, id?: string | undefined, signal: AbortSignal }} options
   */
  constructor({ roomName, file, partBytes, id, signal }) {
    super();
    this.#roomName = roomName;
    this.#file = file;
    this.#partBytes = partBytes;
    this.#signal = signal;
    this.id = id;
  }

  /** Uploads what is missing and returns the file's wire form. Throws an UploadError. */
  async run() {
    let attempts = 0; // that failed in a row
    let refusals = 0; // those of them that the server has answered
    let restarted = false;
    /** @type {UploadError | null} */
    let conflict = null;
    for (;;) {
      try {
        const before = this.#offset;
        if (this.id) await this.#locate();
        else await this.#create();
        if (conflict && this.#offset === before) throw conflict; // it was not about the offset
        conflict = null;
        while (this.#offset < this.#file.size) {
          await this.#sendPart();
          attempts = refusals = 0;
        }
        return await this.#finished();
      } catch (error) {
        if (!(error instanceof UploadError) || this.#signal.aborted || error === conflict) throw error;
        if (error.status === 409 && this.id) {
          conflict = error;
        } else if (error.status === 404 && this.id && !restarted) {
          restarted = true; // it has expired
          this.id = undefined;
        } else {
          if (error.status) refusals++;
          if (!TRANSIENT.has(error.status) || refusals > MAX_REFUSALS) throw error;
          await this.#pause(error, attempts++);
        }
      }
    }
  }

  /** Retries at once instead of after the pause. */
  retryNow() {
    this.#wake();
  }

  async #create() {
    const name = btoa(String.fromCharCode(...new TextEncoder().encode(this.#file.name)));
    const answer = await this.#exchange("POST", `/api/rooms/${encodeURIComponent(this.#roomName)}/uploads/`, {
      headers: { "Upload-Length": String(this.#file.size), "Upload-Metadata": `filename ${name}` },
    });
    this.id = /** @type {string} */ (JSON.parse(answer.responseText).id);
    this.#moved(0);
    this.dispatchEvent(new Event("created"));
  }

  /** Asks how much the server has. */
  async #locate() {
    const answer = await this.#exchange("HEAD", this.#path);
    this.#moved(Number(answer.getResponseHeader("Upload-Offset")));
  }

  async #sendPart() {
    const offset = this.#offset;
    let part;
    try {
      // Read first: a file that has changed or is gone would look like a lost connection.
      part = await this.#file.slice(offset, offset + this.#partBytes).arrayBuffer();
    } catch {
      throw new UploadError(400, gettext("The file has changed or can't be read any more. Attach it again."));
    }
    const answer = await this.#exchange("PATCH", this.#path, {
      headers: { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) },
      body: part,
      onProgress: (bytes) => this.#show(offset + bytes),
    });
    this.#moved(Number(answer.getResponseHeader("Upload-Offset")));
  }

  /**
   * The file, as the server has stored it.
   *
   * @returns {Promise<Attachment>}
   */
  async #finished() {
    return JSON.parse((await this.#exchange("GET", this.#path)).responseText).attachment;
  }

  get #path() {
    return `/api/uploads/${this.id}/`;
  }

  /** @param {number} offset */
  #moved(offset) {
    this.#offset = offset;
    this.#show(offset);
  }

  /**
   * @param {number} sent
   * @param {string} [waiting]
   */
  #show(sent, waiting = "") {
    this.sent = Math.min(sent, this.#file.size);
    this.waiting = waiting;
    this.dispatchEvent(new Event("progress"));
  }

  /**
   * Waits before a retry: as long as the server says, longer with each attempt, or until the browser is online.
   *
   * @param {UploadError} error
   * @param {number} attempts
   */
  #pause({ message, retryAfter }, attempts) {
    const delay =
      retryAfter * 1000 || (navigator.onLine ? Math.min(FIRST_DELAY * 2 ** attempts, MAX_DELAY) : MAX_DELAY);
    this.#show(this.#offset, delay < NOTABLE ? "" : message);
    return /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => this.#wake(), delay);
        const stop = () => reject(new UploadError(0, ""));
        this.#wake = () => {
          clearTimeout(timer);
          removeEventListener("online", this.#wake);
          this.#signal.removeEventListener("abort", stop);
          resolve();
        };
        addEventListener("online", this.#wake);
        this.#signal.addEventListener("abort", stop);
      })
    );
  }

  /**
   * Sends a request and returns the answer. Throws an UploadError. Not by `fetch`, which reports no progress.
   *
   * @param {string} method
   * @param {string} path
   * @param {{
   *   headers?: Record<string, string>,
   *   body?: ArrayBuffer | null,
   *   onProgress?: (bytes: number) => void,
   * }} [options]
   * @returns {Promise<XMLHttpRequest>}
   */
  #exchange(method, path, { headers = {}, body = null, onProgress = () => {} } = {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let timer = 0;
      const watch = (patience = STALLED) => {
        clearTimeout(timer);
        timer = setTimeout(() => request.abort(), patience);
      };
      const stop = () => request.abort();
      request.upload.onprogress = ({ loaded }) => {
        watch();
        onProgress(loaded);
      };
      request.upload.onload = () => watch(EXAMINED);
      request.onloadend = () => {
        clearTimeout(timer);
        this.#signal.removeEventListener("abort", stop);
        if (request.status >= 200 && request.status < 300) resolve(request);
        else reject(errorOf(request));
      };
      request.open(method, path);
      const common = { Accept: "application/json", "Tus-Resumable": "1.0.0", "X-CSRFToken": csrfToken() };
      for (const [name, value] of Object.entries({ ...common, ...headers })) request.setRequestHeader(name, value);
      this.#signal.addEventListener("abort", stop);
      watch();
      request.send(body);
      if (this.#signal.aborted) stop();
    });
  }
}

/** @param {XMLHttpRequest} request */
function errorOf(request) {
  const { status } = request;
  if (!status) return new UploadError(0, gettext("No connection. Retrying…"));
  if (status === 401) return new UploadError(401, SIGNED_OUT);
  const retryAfter = Number(request.getResponseHeader("Retry-After")) || 0;
  return new UploadError(status, sentenceOf(request), retryAfter);
}

/** @param {XMLHttpRequest} request */
function sentenceOf({ status, responseText }) {
  try {
    return JSON.parse(responseText).detail.replace(/^[\w-]+: /, "");
  } catch {
    // Not from Parlor, but from a proxy before it.
    return status === 413
      ? gettext("The file is too large.")
      : gettext("The server can't take the file at the moment.");
  }
}
