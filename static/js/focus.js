// Never loses the focus: when the focused element is removed or hidden, its neighbour is focused.
const FOCUSABLE = "a[href], button, input, textarea, select, summary, [tabindex]";

/** The focused element and its ancestors up to the body, each with its siblings. */
let trail = [];

export function attachFocus() {
  document.addEventListener("focusin", ({ target }) => (trail = trailOf(target)));
  document.addEventListener("focusout", ({ relatedTarget }) => relatedTarget || setTimeout(restoreFocus));
  const changes = { subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "open"] };
  // Deferred: a closing dialog restores the focus itself.
  new MutationObserver(() => setTimeout(restoreFocus)).observe(document.body, changes);
}

function trailOf(element) {
  const steps = [];
  for (let each = element; each && each !== document.body; each = each.parentElement) {
    steps.push({ node: each, next: each.nextElementSibling, previous: each.previousElementSibling });
  }
  return steps;
}

/** Moves the focus if the focused element is gone. A click on the background, which only blurs it, changes nothing. */
function restoreFocus() {
  const active = document.activeElement;
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

/** The element itself or the first one in it that can be focused. */
function firstIn(element) {
  if (!element?.isConnected) return undefined;
  return [element, ...element.querySelectorAll(FOCUSABLE)].find(takesFocus);
}

function takesFocus(element) {
  return Boolean(element?.isConnected && element.matches(FOCUSABLE) && !element.disabled && element.checkVisibility());
}
