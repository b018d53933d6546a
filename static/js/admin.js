// Names and roles that Django's own widgets lack.

/** Name the boxes in which one searches for a row by the label of their field. */
function nameBoxes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const box = select.parentElement.querySelector(".select2-selection");
    if (!label || !box) continue;
    label.id ||= `${select.id}-label`;
    const shown = box.querySelector(".select2-selection__rendered");
    for (const part of [box, shown]) part.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
  }
}

window.django?.jQuery?.(nameBoxes); // after what makes the boxes, which asked it before
for (const head of document.querySelectorAll("thead th:empty")) {
  const cell = document.createElement("td"); // which heads nothing
  cell.className = head.className;
  head.replaceWith(cell);
}
addEventListener("load", () => {
  for (const tip of document.querySelectorAll(".help-tooltip[aria-label]")) tip.setAttribute("role", "img");
});
