// Positions popovers next to their anchor, and moves the focus in them by arrow keys.
import { FORWARD } from "./i18n.js";
const GAP = 6; // px
const NARROW = 480; // px; in narrower windows the style sheet places popovers at the bottom

/**
 * Opens `popover` inside the window: below or above `anchor`, or over it if neither has room. They are aligned at their
 * right or left edges.
 *
 * @param {HTMLElement} popover
 * @param {HTMLElement} anchor
 * @param {{ align?: "left" | "right" }} [options]
 */
export function openBeside(popover, anchor, { align = "right" } = {}) {
  popover.showPopover();
  popover.style.inset = "";
  if (innerWidth < NARROW) return;
  const { top, bottom, left, right } = anchor.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const [below, above] = [bottom + GAP, top - GAP - height];
  const wanted = below + height + GAP <= innerHeight ? below : above >= GAP ? above : top + GAP;
  const y = Math.max(GAP, Math.min(wanted, innerHeight - height - GAP));
  const x = Math.max(GAP, Math.min(align === "left" ? left : right - width, innerWidth - width - GAP));
  popover.style.inset = `${y}px auto auto ${x}px`;
}

/**
 * Lets the arrow keys move between the visible buttons of `holder`, by the rows of their layout.
 *
 * @param {HTMLElement} holder
 */
export function attachArrows(holder) {
  holder.addEventListener("keydown", (event) => {
    const buttons = [...holder.querySelectorAll("button")].filter((button) => button.offsetParent);
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (at < 0) return;
    /** @type {Record<string, () => HTMLElement | undefined>} */
    const moves = {
      ArrowRight: () => buttons[at + FORWARD],
      ArrowLeft: () => buttons[at - FORWARD],
      ArrowDown: () => inOtherRow(buttons.slice(at + 1), buttons[at]),
      ArrowUp: () => inOtherRow(buttons.slice(0, at).reverse(), buttons[at]),
      Home: () => buttons[0],
      End: () => buttons.at(-1),
    };
    const next = moves[event.key]?.();
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

/**
 * The button of the next row that is nearest to `from`.
 *
 * @param {HTMLElement[]} candidates
 * @param {HTMLElement} from
 */
function inOtherRow(candidates, from) {
  const { top, left } = from.getBoundingClientRect();
  const others = candidates
    .map((button) => /** @type {[HTMLElement, DOMRect]} */ ([button, button.getBoundingClientRect()]))
    .filter(([, box]) => Math.abs(box.top - top) > 4);
  if (!others.length) return undefined;
  const row = others.filter(([, box]) => Math.abs(box.top - others[0][1].top) <= 4);
  row.sort(([, one], [, other]) => Math.abs(one.left - left) - Math.abs(other.left - left));
  return row[0][0];
}
