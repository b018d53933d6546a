"""How Sphinx builds the documentation: `scripts/docs` writes the site to var/docs/."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
MERMAID = ROOT / "var/mermaid"  # scripts/docs puts the script there; without it a diagram is shown as its source

project = "Parlor"
project_copyright = "Parlor contributors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["performance/*.json"]

myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]
highlight_language = "none"

html_theme = "furo"
html_title = "Parlor"
html_static_path = ["_static", *([str(MERMAID)] if MERMAID.is_dir() else [])]
html_js_files = ["mermaid.min.js", "diagrams.js"] if MERMAID.is_dir() else []
html_show_sphinx = False


class Mermaid(Directive):
    """A fence of the language `mermaid`: GitHub draws it, and so does Mermaid's script in the built page."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        source = nodes.literal_block(text="\n".join(self.content), language="none")
        return [nodes.container("", source, classes=["mermaid-source"])]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("mermaid", Mermaid)
