// Fixes what Swagger UI lacks for screen readers and keyboards, each time it has rendered something.
const root = document.getElementById("swagger-ui");

function fixAccessibility() {
  for (const about of root.querySelectorAll(".information-container:not([role])")) {
    about.setAttribute("role", "region"); // it is outside of <main>
    about.setAttribute("aria-label", "About");
  }
  for (const heading of root.querySelectorAll("h3:not([aria-level]), h4:not([aria-level]), h5:not([aria-level])")) {
    heading.setAttribute("aria-level", String(Number(heading.tagName[1]) - 1)); // Swagger UI skips from <h1> to <h3>
  }
  for (const scrolls of root.querySelectorAll("pre:not([tabindex])")) scrolls.tabIndex = 0;
}

new MutationObserver(fixAccessibility).observe(root, { childList: true, subtree: true });
fixAccessibility();
