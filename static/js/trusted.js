// The one place that puts HTML into the page.

/** `html` must be the `html` of a message on the wire: rendered and sanitised by the server (rooms/markdown.py). */
export function setSanitisedHtml(element, html) {
  element.innerHTML = html;
}

/** What such HTML says, without its markup. */
export function plainText(html) {
  const holder = document.createElement("template");
  setSanitisedHtml(holder, html);
  return holder.content.textContent.replace(/\s+/g, " ").trim();
}

/** A document of its own, out of which parts may be taken. `html` must be a page, or a part of one, of this server's templates. */
export function parseOwnPage(html) {
  return new DOMParser().parseFromString(html, "text/html");
}
