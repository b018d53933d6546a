/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
/*! js/api.js 491c4013f01ac9c1 */
var SIGNED_OUT = gettext("You are signed out. Sign in and try again.");
var ApiError = class extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
};
async function callApi(method, path, body, options = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== void 0) headers["Content-Type"] = "application/json";
  return ask(`/api/${path}`, { method, headers, body: body && JSON.stringify(body), ...options });
}
async function ask(address, request) {
  let response;
  try {
    response = await fetch(address, request);
  } catch {
    throw new ApiError(0, gettext("Can't reach the server. Try again in a moment."));
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401) throw new ApiError(401, SIGNED_OUT);
  throw new ApiError(response.status, answer?.detail ?? gettext("Something went wrong. Try again."));
}
function csrfToken() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]").
  value;
}
/*! js/time_zone.js 1260e4ead0ff3ef9 */
var { timeZone } = Intl.DateTimeFormat().resolvedOptions();
if (timeZone) callApi("PATCH", "me/", { time_zone: timeZone }).catch(() => {
});
