// Copies texts to the clipboard.
import { gettext } from "./i18n.js";
import { showToast } from "./toast.js";

/**
 * Copies a text, and says so by `sentence`.
 *
 * @param {string} text
 * @param {string} sentence
 */
export async function copyText(text, sentence) {
  try {
    await navigator.clipboard.writeText(text);
    showToast(sentence);
  } catch {
    showToast(gettext("The browser blocked copying."));
  }
}
