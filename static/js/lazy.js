// Scripts that most visits to a page don't need, and which are therefore loaded when they are first used.
import { gettext } from "./i18n.js";
import { showToast } from "./toast.js";

/**
 * Loads the script that an element names in `data-script`. Returns null, and says so, if that fails.
 *
 * @param {string} id
 */
export async function loadScript(id) {
  try {
    return await import(document.getElementById(id).dataset.script);
  } catch {
    showToast(gettext("Can't reach the server. Try again in a moment."));
    return null;
  }
}
