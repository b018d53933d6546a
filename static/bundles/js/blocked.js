/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
/*! js/blocked.js 6c43427d49e5bd6c */
function foldBlocked(log, ids) {
  const blocked = new Set(ids.map(String));
  const fold = () => {
    for (const message of log.children) if (blocked.has(message.dataset.userId ?? "") && !message.querySelector(":scope \
> .message-folded")) message.append(foldedLine(message));
  };
  fold();
  new MutationObserver(fold).observe(log, { childList: true });
}
function foldedLine(message) {
  message.classList.add("message-blocked");
  const line = Object.assign(document.createElement("p"), { className: "message-folded" });
  const show = Object.assign(document.createElement("button"), { className: "link-button", type: "button" });
  show.textContent = gettext("Show");
  show.addEventListener("click", () => {
    message.classList.remove("message-blocked");
    line.hidden = true;
    message.focus();
  });
  line.append(gettext("Message from a person you have blocked"), " ", show);
  return line;
}
export { foldBlocked };
