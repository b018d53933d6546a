// Updates parts of the page from new HTML of the server, without touching what is unchanged or being edited.
import { Idiomorph } from "../vendor/idiomorph/idiomorph.js";

/**
 * Morphs `part` into `fresh`. Form fields and elements with `data-own`, which the page manages itself, are left alone.
 *
 * @param {Element} part
 * @param {Element} fresh
 */
export function morph(part, fresh) {
  Idiomorph.morph(part, fresh, {
    callbacks: {
      beforeNodeMorphed: (old) => !matches(old, "input:not([type=hidden]), textarea, select, datalist, [data-own]"),
      beforeNodeRemoved: (old) => !matches(old, "datalist"),
      beforeAttributeUpdated: (name) => name !== "open", // open menus stay open
    },
  });
}

/**
 * Whether a node is an element that matches.
 *
 * @param {Node} node
 * @param {string} selector
 */
function matches(node, selector) {
  return node instanceof Element && node.matches(selector);
}
