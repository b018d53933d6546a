// The focus is never lost: what had it and is gone, or can't be seen any more, hands it on to its neighbour.
const FOCUSABLE = "a[href], button, input, textarea, select, summary, [tabindex]";

/** From the element that had the focus up to the body: each with what stood beside it. */
let trail = [];

export function attachFocus() {
  document.addEventListener("focusin", ({ target }) => (trail = trailOf(target)));
  document.addEventListener("focusout", ({ relatedTarget }) => relatedTarget || setTimeout(look));
  const changes = { subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "open"] };
  // Later: a dialog that is closing is about to give the focus back itself.
  new MutationObserver(() => setTimeout(look)).observe(document.body, changes);
}

function trailOf(element) {
  const steps = [];
  for (let each = element; each && each !== document.body; each = each.parentElement) {
    steps.push({ node: each, next: each.nextElementSibling, previous: each.previousElementSibling });
  }
  return steps;
}

/** Somebody who clicks beside everything lets go of what is still there: that is left to them. */
function look() {
  const active = document.activeElement;
  if (!trail.length || (active && active !== document.body && takesFocus(active)) || takesFocus(trail[0].node)) return;
  const heir = findHeir();
  trail = [];
  heir?.focus({ preventScroll: true });
}

function findHeir() {
  for (const { node, next, previous } of trail) {
    if (node.isConnected && node.matches("main, nav, aside")) break;
    const near = node.isConnected ? firstIn(node) : (firstIn(next) ?? firstIn(previous));
    if (near) return near;
  }
  const composer = document.querySelector("#composer textarea");
  return [composer, document.getElementById("scroller"), document.getElementById("main")].find(takesFocus);
}

/** What can be focused in an element, or itself. */
function firstIn(element) {
  if (!element?.isConnected) return undefined;
  return [element, ...element.querySelectorAll(FOCUSABLE)].find(takesFocus);
}

function takesFocus(element) {
  return Boolean(element?.isConnected && element.matches(FOCUSABLE) && !element.disabled && element.checkVisibility());
}
