// Never loses the focus: when the focused element is removed or hidden, its neighbour is focused.
const FOCUSABLE = "a[href], button, input, textarea, select, summary, [tabindex]";

/**
 * The focused element and its ancestors up to the body, each with its siblings.
 *
 * @type {{ node: HTMLElement, next: HTMLElement | null, previous: HTMLElement | null }[]}
 */
let trail = [];

export function attachFocus() {
  document.addEventListener("focusin", ({ target }) => (trail = trailOf(target)));
  document.addEventListener("focusout", ({ relatedTarget }) => relatedTarget || setTimeout(restoreFocus));
  const changes = { subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "open"] };
  // Deferred: a closing dialog restores the focus itself.
  new MutationObserver(() => setTimeout(restoreFocus)).observe(document.body, changes);
}

/** @param {HTMLElement} element */
function trailOf(element) {
  const steps = [];
  for (
    let each = /** @type {HTMLElement | null} */ (element);
    each && each !== document.body;
    each = each.parentElement
  ) {
    steps.push({ node: each, next: each.nextElementSibling, previous: each.previousElementSibling });
  }
  return steps;
}

/** Moves the focus if the focused element is gone. A click on the background, which only blurs it, changes nothing. */
function restoreFocus() {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  if (!trail.length || (active && active !== document.body && takesFocus(active)) || takesFocus(trail[0].node)) return;
  const successor = findSuccessor();
  trail = [];
  successor?.focus({ preventScroll: true });
}

function findSuccessor() {
  for (const { node, next, previous } of trail) {
    if (node.isConnected && node.matches("main, nav, aside")) break;
    const near = node.isConnected ? firstIn(node) : (firstIn(next) ?? firstIn(previous));
    if (near) return near;
  }
  const composer = document.querySelector("#composer textarea");
  return [composer, document.getElementById("scroller"), document.getElementById("main")].find(takesFocus);
}

/**
 * The element itself or the first one in it that can be focused.
 *
 * @param {HTMLElement | null} element
 */
function firstIn(element) {
  if (!element?.isConnected) return undefined;
  return [element, ...element.querySelectorAll(FOCUSABLE)].find(takesFocus);
}

/** @param {HTMLElement} element */
function takesFocus(element) {
  if (!element?.isConnected || !element.matches(FOCUSABLE)) return false;
  return !(/** @type {HTMLInputElement} */ (element).disabled) && element.checkVisibility();
}
