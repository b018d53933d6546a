// Parts of the page that the server makes anew: put in with all that is the same, and what one is doing there, left alone.
import { Idiomorph } from "../vendor/idiomorph/idiomorph.js";
import { parseOwnPage } from "./trusted.js";

/** The page at `address` as it is now, or null when it can't be had. */
export async function fetchPage(address) {
  try {
    const response = await fetch(address);
    return response.ok && !response.redirected ? parseOwnPage(await response.text()) : null;
  } catch {
    return null;
  }
}

/** Make `part` what `fresh` is. What somebody types in stays as it is, and so does what has `data-own`: it is the page's. */
export function renew(part, fresh) {
  Idiomorph.morph(part, fresh, {
    callbacks: {
      beforeNodeMorphed: (old) => !old.matches?.("input:not([type=hidden]), textarea, select, datalist, [data-own]"),
      beforeNodeRemoved: (old) => !old.matches?.("datalist"),
      beforeAttributeUpdated: (name) => name !== "open", // a menu stays as it is
    },
  });
}
