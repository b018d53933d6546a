// How sizes and types of files are written, as in rooms/files/sizes.py and rooms/templatetags/attachments.py.
import { LANGUAGE, gettext, interpolate, ngettext } from "./i18n.js";
const UNITS = /** @type {[number, string][]} */ ([
  [1e3, gettext("%(number)s kB")],
  [1e6, gettext("%(number)s MB")],
  [1e9, gettext("%(number)s GB")],
]);
const small = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 1 });

/**
 * A size in bytes for people, such as "12 kB" or "1.2 MB".
 *
 * @param {number} size
 */
export function fileSize(size) {
  if (size < 1000) return interpolate(ngettext("%(count)s byte", "%(count)s bytes", size), { count: size });
  const [unit, text] = UNITS.find(([each]) => size < each * 1000 - each / 2) ?? UNITS[2];
  const tenths = Math.floor((size * 10 + unit / 2) / unit);
  const number = tenths < 100 ? small.format(tenths / 10) : Math.floor((size + unit / 2) / unit);
  return interpolate(text, { number });
}

/**
 * What kind of file a name promises: its extension in capitals, or "File".
 *
 * @param {string} name
 */
export function fileLabel(name) {
  return /[^.]\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toUpperCase() ?? gettext("File");
}
