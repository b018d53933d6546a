"""Loads the templates without their indentation, which is for readers of the source and would be a third of a page."""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ \t]+")


class Loader(filesystem.Loader):
    """The loader of the folder `templates`. Line breaks stay: between inline elements they are a space."""

    def get_contents(self, origin: Origin) -> str:
        """The source of a template, with every line at the margin."""
        return INDENTATION.sub("\n", super().get_contents(origin))
