"""Light or dark: by the system, or as chosen on this device, which a cookie remembers (static/js/theme.js)."""

from __future__ import annotations

from django.http import HttpRequest

COOKIE = "theme"
CHOSEN = {"light", "dark"}


def theme(request: HttpRequest) -> dict[str, str]:
    """Context of every page: `theme` is what was chosen, "" where the system decides.

    The page comes with it, so that no other one flashes up first.
    """
    chosen = request.COOKIES.get(COOKIE, "")
    return {"theme": chosen if chosen in CHOSEN else ""}
