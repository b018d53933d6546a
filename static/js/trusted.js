// The one place that puts HTML into the page.

/**
 * `html` must be the `html` of a message on the wire: rendered and sanitised by the server (rooms/markdown).
 *
 * @param {HTMLElement} element
 * @param {string} html
 */
export function setSanitisedHtml(element, html) {
  element.innerHTML = html;
}

/**
 * The text of such HTML, without markup.
 *
 * @param {string} html
 */
export function plainText(html) {
  const holder = document.createElement("template");
  setSanitisedHtml(holder, html);
  return holder.content.textContent.replace(/\s+/g, " ").trim();
}

/**
 * Parses HTML into a separate document. `html` must come from this server's own templates.
 *
 * @param {string} html
 */
export function parseOwnPage(html) {
  return new DOMParser().parseFromString(html, "text/html");
}
