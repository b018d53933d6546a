/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
/*! js/passkeys.js b0499080d7771f56 */
function decode(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0)).buffer;
}
function encode(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
function withBytes(options) {
  const withId = (one) => ({ ...one, id: decode(one.id) });
  return { ...options, challenge: decode(options.challenge), ...options.user && { user: withId(options.user) }, excludeCredentials: options.
  excludeCredentials?.map(withId), allowCredentials: options.allowCredentials?.map(withId) };
}
function answerOf(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = parts.filter((part) => response[part]).map((part) => [part, encode(response[part])]);
  return { id: credential.id, rawId: encode(credential.rawId), type: credential.type, authenticatorAttachment: credential.
  authenticatorAttachment, clientExtensionResults: credential.getClientExtensionResults(), response: Object.fromEntries(
  given) };
}
async function ask(form) {
  const address = form.getAttribute("action") || location.href;
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const { publicKey } = await answer.json();
  const options = { publicKey: withBytes(publicKey) };
  const { credentials } = navigator;
  return answerOf(await (form.dataset.passkey === "create" ? credentials.create(options) : credentials.get(options)));
}
function prepare(form) {
  const problem = form.querySelector("[role=alert][hidden]");
  const field = form.elements.namedItem("credential");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      field.value = JSON.stringify(await ask(form));
    } catch (error) {
      problem.textContent = error instanceof DOMException && error.name === "InvalidStateError" ? gettext("This device h\
as a passkey for your account already.") : gettext("That didn't work. Try again.");
      problem.hidden = false;
      return;
    }
    form.submit();
  });
}
if (window.PublicKeyCredential && window.isSecureContext) {
  for (const note of document.querySelectorAll("[data-passkey-unsupported]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) prepare(form);
}
