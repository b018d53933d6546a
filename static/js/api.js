// Requests to the server's REST API.
const SIGNED_OUT = "You are signed out. Sign in again, then do it once more.";

/** Why a request failed: `status` is the server's, 0 when it did not answer; the message is a sentence for people. */
export class ApiError extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** What the server answers to `path` below /api/, null when that is nothing. `options` are of fetch. Throws an ApiError. */
export async function callApi(method, path, body, options = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return ask(`/api/${path}`, { method, headers, body: body && JSON.stringify(body), ...options });
}

/** What the server answers to a form that a button of it sends. Throws an ApiError. */
export async function postForm(form, submitter) {
  const body = new FormData(form, submitter);
  body.delete("csrfmiddlewaretoken");
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  return ask(address, { method: "POST", headers, body, redirect: "error" });
}

async function ask(address, request) {
  let response;
  try {
    response = await fetch(address, request);
  } catch {
    throw new ApiError(0, "The server can't be reached right now.");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401) throw new ApiError(401, SIGNED_OUT);
  throw new ApiError(response.status, answer?.detail ?? "The server could not do this.");
}

/** From the cookie: signing in anew, in another tab, makes the page's own token worthless. */
function csrfToken() {
  return (
    /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]").value
  );
}
