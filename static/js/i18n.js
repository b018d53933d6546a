// The texts of the page in its language, by their English form. Pages in other languages load Django's JavaScript catalog
// first (static/i18n, made by scripts/messages).
// https://docs.djangoproject.com/en/5.2/topics/i18n/translation/#using-the-javascript-translation-catalog
const { django } = window;

/** @type {(text: string) => string} */
export const gettext = django?.gettext ?? ((text) => text);

/** @type {(one: string, many: string, count: number) => string} */
export const ngettext = django?.ngettext ?? ((one, many, count) => (count === 1 ? one : many));

/**
 * Puts values into a text: `interpolate("%(name)s joined", { name })`.
 *
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}

/**
 * Puts elements into a text, and returns its parts.
 *
 * @param {string} text
 * @param {Record<string, string | Node>} values
 */
export function interpolateNodes(text, values) {
  return text.split(/%\((\w+)\)s/).map((part, place) => (place % 2 ? values[part] : part));
}

/** The direction in which lines run: 1 to the right, -1 to the left. */
export const FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;

/** The page's language, for `Intl`. */
export const LANGUAGE = document.documentElement.lang;
