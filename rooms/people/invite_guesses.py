"""Limits on guessing the tokens of invite links."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotFound, RateLimited
from rooms.models import LINK_ID_LENGTH, InviteLink
from rooms.people.guess_throttle import WINDOW, GuessThrottle
from rooms.selectors.invite_links import NO_LINK, TOKEN_LENGTH, get_invite_link


def find_invite_link(request: HttpRequest, token: str) -> InviteLink:
    """Return the link whose token a request gives. Raises NotFound, or RateLimited after too many wrong ones.

    A token of another length, as of a link that was not copied as a whole, does not count as a guess.
    """
    if len(token) != TOKEN_LENGTH:
        raise NotFound(NO_LINK)
    throttle = GuessThrottle(request, f"invite:{token[:LINK_ID_LENGTH]}")
    if not throttle.acquire():
        raise RateLimited(WINDOW, _("Too many attempts; try again in 5 minutes."))
    try:
        link = get_invite_link(token)
    except NotFound:
        throttle.fail()
        raise
    throttle.succeed()
    return link
