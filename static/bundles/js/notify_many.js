/*! js/api.js f8d5f9686c72c0ee */
var SIGNED_OUT = "You are signed out. Sign in and try again.";
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
    throw new ApiError(0, "Can't reach the server. Try again in a moment.");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401) throw new ApiError(401, SIGNED_OUT);
  throw new ApiError(response.status, answer?.detail ?? "Something went wrong. Try again.");
}
function csrfToken() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]").
  value;
}
/*! js/notify_many.js f6f6857b30582f2d */
var dialog = document.getElementById("notify-many");
async function confirmMany(page, name, { others, many }) {
  const count = name === "here" ? await countOnline(page).catch(() => others) : others;
  if (count <= many) return true;
  document.getElementById("notify-many-question").textContent = `Notify ${count} people?`;
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "send";
}
async function countOnline({ room, user_id: me }) {
  const { online } = await callApi("GET", `rooms/${encodeURIComponent(room.name)}/online/`);
  return online.filter((id) => id !== me).length;
}
export { confirmMany };
