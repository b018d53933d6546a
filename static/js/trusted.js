// The one place that puts HTML into the page.

/** `html` must be the `html` of a message on the wire: rendered and sanitised by the server (rooms/markdown.py). */
export function setSanitisedHtml(element, html) {
  element.innerHTML = html;
}
