"""Loads the templates without their indentation, which is for readers of the source and would be a third of a page."""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ \t]+")


class Loader(filesystem.Loader):
    """The loader of the folder `templates`. Line breaks stay: between inline elements they are a space."""

    def get_contents(self, origin: Origin) -> str:
        """The source of a template; of a page, with every line at the margin."""
        source = super().get_contents(origin)
        return INDENTATION.sub("\n", source) if str(origin.name).endswith(".html") else source
