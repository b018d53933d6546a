// How sizes and types of files are written, as in rooms/files/sizes.py and rooms/templatetags/attachments.py.
const UNITS = /** @type {[number, string][]} */ ([
  [1e3, "kB"],
  [1e6, "MB"],
  [1e9, "GB"],
]);

/**
 * A size in bytes for people, such as "12 kB" or "1.2 MB".
 *
 * @param {number} size
 */
export function fileSize(size) {
  if (size < 1000) return `${size} ${size === 1 ? "byte" : "bytes"}`;
  const [unit, name] = UNITS.find(([each]) => size < each * 1000 - each / 2) ?? UNITS[2];
  const tenths = Math.floor((size * 10 + unit / 2) / unit);
  return tenths < 100
    ? `${Math.floor(tenths / 10)}.${tenths % 10} ${name}`
    : `${Math.floor((size + unit / 2) / unit)} ${name}`;
}

/**
 * What kind of file a name promises: its extension in capitals, or "File".
 *
 * @param {string} name
 */
export function fileLabel(name) {
  return /[^.]\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toUpperCase() ?? "File";
}
