// Shows what time it is where people are, as the reader's locale writes times.

/** @param {ParentNode} part */
export function showLocalTimes(part) {
  for (const time of part.querySelectorAll("time[data-zone]")) {
    try {
      const format = { hour: "numeric", minute: "2-digit", timeZone: time.dataset.zone };
      time.textContent = new Intl.DateTimeFormat(
        undefined,
        /** @type {Intl.DateTimeFormatOptions} */ (format),
      ).format();
    } catch {
      // The browser doesn't know the time zone; the server has written the time.
    }
  }
}
