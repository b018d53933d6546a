"""The theme: light, dark, or the system's. The choice is stored in a cookie on this device (static/js/theme.js)."""

from __future__ import annotations

from django.http import HttpRequest

COOKIE = "theme"
THEMES = {"light", "dark"}


def theme(request: HttpRequest) -> dict[str, str]:
    """Template context: `theme` is the chosen theme, or "" for the system's.

    The server renders it, so that the page does not flash in the wrong theme.
    """
    chosen = request.COOKIES.get(COOKIE, "")
    return {"theme": chosen if chosen in THEMES else ""}
