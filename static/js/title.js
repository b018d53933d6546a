// The tab's title and icon: the current page, and the number of unread messages elsewhere.
const icon = /** @type {HTMLLinkElement} */ (document.getElementById("icon"));
const plainIcon = icon.href;
let place = document.title;
let unread = 0;

/** @param {string} title */
export function setPlace(title) {
  place = `${title} · Parlor`;
  show();
}

/** @param {number} count */
export function setUnread(count) {
  unread = count;
  show();
}

function show() {
  document.title = unread ? `(${unread > 99 ? "99+" : unread}) ${place}` : place;
  const wanted = unread ? new URL(icon.dataset.unread, location.href).href : plainIcon;
  if (icon.href !== wanted) icon.href = wanted;
}
