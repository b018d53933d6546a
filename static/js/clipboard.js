// Copies texts to the clipboard.
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
    showToast("The browser blocked copying.");
  }
}
