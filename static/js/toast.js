// The toast: a short notice above the foot of the page that says what was done, or why not.
const DURATION = 6000; // ms
const line = document.getElementById("said");
let timer = 0;

/**
 * Shows a toast, which disappears by itself unless the pointer or the focus is on it.
 *
 * @param {string} sentence
 * @param {HTMLElement} [link]
 */
export function showToast(sentence, link) {
  clearTimeout(timer);
  // The empty element is always in the page: screen readers ignore a new one that already has text.
  line.textContent = sentence;
  if (link) line.append(" ", link);
  timer = setTimeout(dismiss, DURATION);
}

function dismiss() {
  if (line.matches(":hover, :focus-within")) timer = setTimeout(dismiss, DURATION / 3);
  else line.textContent = "";
}

if (line.textContent) showToast(line.textContent); // a notice from the server
