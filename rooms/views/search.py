"""The search page."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache

from rooms.errors import ServiceError
from rooms.models import Message
from rooms.people.time_zones import time_zone
from rooms.search.excerpts import Part, excerpt_of
from rooms.search.query import MAX_QUERY, parse_query
from rooms.selectors.room_titles import titles_for
from rooms.selectors.search import search
from rooms.selectors.search_index import is_indexing
from rooms.views.request import SignedInRequest
from rooms.views.room import whole_number

HITS_PER_PAGE = 20


class Hit(NamedTuple):
    """A message that was found, as the page shows it."""

    message: Message
    room_title: str
    author: str
    created_at: datetime
    excerpt: list[Part]


@never_cache
@login_required
def search_page(request: SignedInRequest) -> HttpResponse:
    """The box, and what was found."""
    text, zone_name = request.GET.get("q", ""), request.GET.get("tz", "")
    context: dict[str, Any] = {
        "q": text[: 2 * MAX_QUERY],
        "tz": zone_name[:64],
        "searching": True,
        "indexing": is_indexing(),
    }
    status = 200
    if text.strip():
        try:
            context |= _results(request, text, zone_name)
        except ServiceError as error:
            status, context["error"] = error.status, error.sentence
    return render(request, "rooms/search.html", context, status=status)


def _results(request: SignedInRequest, text: str, zone_name: str) -> dict[str, Any]:
    zone = time_zone(zone_name or "UTC")
    query = parse_query(text)
    before = whole_number(request.GET.get("before", ""))
    found = search(request.user, query, before=before, limit=HITS_PER_PAGE, zone=zone)
    titles = titles_for(request.user, {message.room for message in found.messages})
    hits = [
        Hit(
            message,
            titles[message.room_id],
            message.author.shown_name if message.author else message.user_name,
            localtime(message.created_at, zone),
            excerpt_of(message, query),
        )
        for message in found.messages
    ]
    return {
        "hits": hits,
        "searched": True,
        "older": hits[-1].message.pk if found.more and hits else None,
        "looked_back_to": found.looked_back_to and localtime(found.looked_back_to, zone),
        "continued": before is not None,
    }
