// Links in messages: links to other hosts open in a new tab, and long addresses are shortened visually.
const MAX_LENGTH = 64; // characters of an address that is shown in full
const HEAD = 40;
const TAIL = 16;
const ADDRESS = /^(https?:\/\/|www\.)\S+$/i;

/** @param {HTMLElement} element */
export function prepareLinks(element) {
  for (const each of element.querySelectorAll(".message-body a[href]")) {
    const link = /** @type {HTMLAnchorElement} */ (each);
    if (/^https?:$/.test(link.protocol) && link.host !== location.host) link.target = "_blank";
    const text = [...link.textContent];
    if (text.length > MAX_LENGTH && !link.childElementCount && ADDRESS.test(link.textContent)) shorten(link, text);
  }
}

/**
 * Hides the middle by CSS only, so that copying and screen readers still get the whole address.
 *
 * @param {HTMLAnchorElement} link
 * @param {string[]} text
 */
function shorten(link, text) {
  const parts = [text.slice(0, HEAD), text.slice(HEAD, -TAIL), text.slice(-TAIL)].map((part) => part.join(""));
  const [head, middle, tail] = ["link-head", "link-middle", "link-tail"].map((name, index) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = parts[index];
    return span;
  });
  link.title ||= link.href;
  link.replaceChildren(head, middle, tail);
}
