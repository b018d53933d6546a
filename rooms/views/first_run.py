"""What a new installation or room offers first: creating a room, and inviting people to it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from rooms.models import Room
from rooms.selectors.invite_links import has_invite_links
from rooms.views.request import SignedInRequest

COOKIE = "first_run"
COOKIE_SECONDS = 365 * 24 * 3600


def is_dismissed(request: HttpRequest) -> bool:
    """Whether the user has closed these offers in this browser."""
    return COOKIE in request.COOKIES


def offers_invite_link(request: HttpRequest, room: Room, *, member_count: int, invited: bool, may_invite: bool) -> bool:
    """Whether a room's page offers to copy an invite link: to its only member, who has invited nobody.

    Takes a query only in that case.
    """
    alone = may_invite and member_count == 1 and not invited and room.closed_at is None
    return alone and not is_dismissed(request) and not has_invite_links(room)


@require_POST
@login_required
def dismiss(request: SignedInRequest) -> HttpResponse:
    """Close the offers in this browser."""
    to = request.POST.get("next", "")
    response = redirect(to if url_has_allowed_host_and_scheme(to, allowed_hosts=None) else "home")
    response.set_cookie(
        COOKIE, "dismissed", max_age=COOKIE_SECONDS, secure=request.is_secure(), httponly=True, samesite="Lax"
    )
    return response
