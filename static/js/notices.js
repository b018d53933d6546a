// What the server said at the head of a page: leaves by itself, but for what something is to be done about.
const SHOWN_FOR = 6000; // ms
const AGAIN_AFTER = 2000; // ms, while somebody is reading it

for (const notice of document.querySelectorAll(".notice:not(.notice-error)")) setTimeout(leave, SHOWN_FOR, notice);

function leave(notice) {
  if (notice.matches(":hover, :focus-within")) return setTimeout(leave, AGAIN_AFTER, notice);
  const list = notice.parentElement;
  notice.remove();
  if (!list.childElementCount) list.hidden = true; // its place is given up; new ones come with another page
}
