"""URLconfs that are imported when one of their URLs is first requested or reversed, not when a server starts."""

import gc
from typing import Any

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern
from django.utils.functional import cached_property


class LazyURLResolver(URLResolver):
    """A URLconf in a namespace of its own. Django's `include()` would import it at once."""

    @cached_property
    def urlconf_module(self) -> Any:
        """Import the URLconf."""
        module = super().urlconf_module
        gc.freeze()  # as at the start: collections would scan all that it imports
        return module

    def _populate(self) -> None:
        """Called when a URL of any namespace is reversed. One of this namespace is looked up in the patterns."""


def lazy_include(route: str, module: str, *, namespace: str) -> Any:
    """Return what `path(route, include(module))` does, but import the module later."""
    return LazyURLResolver(RoutePattern(route), module, app_name=namespace, namespace=namespace)
