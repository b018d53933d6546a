// Requests to the server's REST API.
import { gettext } from "./i18n.js";
export const SIGNED_OUT = gettext("You are signed out. Sign in and try again.");

/** A failed request. `status` is the HTTP status, or 0 without a response; the message is a sentence for people. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} sentence
   */
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/**
 * Sends a request to `path` below /api/ and returns the JSON response, or null. `options` go to fetch. Throws an
 * ApiError.
 *
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {RequestInit} [options]
 */
export async function callApi(method, path, body, options = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return ask(`/api/${path}`, { method, headers, body: body && JSON.stringify(body), ...options });
}

/**
 * Submits a form by one of its buttons and returns the JSON response, or null. Throws an ApiError.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
export async function postForm(form, submitter) {
  const body = new FormData(form, submitter);
  body.delete("csrfmiddlewaretoken");
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  return ask(address, { method: "POST", headers, body, redirect: "error" });
}

/**
 * @param {string} address
 * @param {RequestInit} request
 */
async function ask(address, request) {
  let response;
  try {
    response = await fetch(address, request);
  } catch {
    throw new ApiError(0, gettext("Can't reach the server. Try again in a moment."));
  }
  const answer = await response.json().catch(() => /** @type {null} */ (null));
  if (response.ok) return answer;
  if (response.status === 401) throw new ApiError(401, SIGNED_OUT);
  throw new ApiError(response.status, answer?.detail ?? gettext("Something went wrong. Try again."));
}

/** Reads the cookie first: after signing in again in another tab, the token in the page is no longer valid. */
export function csrfToken() {
  return (
    /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ??
    /** @type {HTMLInputElement} */ (document.querySelector("[name=csrfmiddlewaretoken]")).value
  );
}
