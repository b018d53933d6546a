// Adds the accessible names and roles that Django's own widgets lack.

/** Labels autocomplete boxes with the label of their field. */
function nameBoxes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const box = select.parentElement?.querySelector(".select2-selection");
    if (!label || !box) continue;
    label.id ||= `${select.id}-label`;
    const shown = box.querySelector(".select2-selection__rendered");
    for (const part of [box, shown]) part.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
  }
}

window.django?.jQuery?.(nameBoxes); // runs after the script that creates the boxes, which was registered first
for (const head of document.querySelectorAll("thead th:empty")) {
  const cell = document.createElement("td"); // an empty header cell labels no column
  cell.className = head.className;
  head.replaceWith(cell);
}
addEventListener("load", () => {
  for (const tip of document.querySelectorAll(".help-tooltip[aria-label]")) tip.setAttribute("role", "img");
});
