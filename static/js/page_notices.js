// The notices that the server rendered at the top of a page: they disappear by themselves, except for errors.
const DURATION = 6000; // ms
const EXTENSION = 2000; // ms, while the notice is hovered or focused

for (const notice of document.querySelectorAll(".notices > .notice:not(.notice-error)"))
  setTimeout(dismiss, DURATION, notice);

/** @param {HTMLElement} notice */
function dismiss(notice) {
  if (notice.matches(":hover, :focus-within")) return setTimeout(dismiss, EXTENSION, notice);
  const list = notice.parentElement;
  notice.remove();
  if (list && !list.childElementCount) list.hidden = true; // new notices come with the next page only
}
