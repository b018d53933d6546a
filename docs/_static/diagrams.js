// Draws each diagram in place of its source.
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
mermaid.initialize({ startOnLoad: false, theme: dark ? "dark" : "neutral" });
document.addEventListener("DOMContentLoaded", () => {
  for (const block of document.querySelectorAll(".mermaid-source")) {
    const diagram = document.createElement("pre");
    diagram.className = "mermaid";
    diagram.textContent = block.textContent;
    block.replaceWith(diagram);
  }
  mermaid.run();
});
