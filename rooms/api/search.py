"""Search in messages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, query_limit, query_number
from rooms.api.schema import LIMIT, number_parameter
from rooms.models import Message
from rooms.people.time_zones import time_zone
from rooms.search.excerpts import excerpt_of
from rooms.search.query import MAX_QUERY, Query, parse_query
from rooms.selectors.room_titles import titles_for
from rooms.selectors.search import Found, search
from rooms.selectors.search_index import is_indexing
from rooms.serializers.base import NO_NUL
from rooms.serializers.search import SearchSchema
from rooms.wire import message_wire, timestamp

Q_SCHEMA = {"type": "string", "minLength": 1, "maxLength": MAX_QUERY, "pattern": NO_NUL}
ZONE_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9_+/-]+$"}


@extend_schema_view(
    get=extend_schema(
        summary="Search in messages, newest first",
        description='Words, `"phrases"`, `-without`, `prefix*`; `from:@name`, `in:room`, `before:`, `after:` and `on:` '
        "with a date like `2026-05-01`, `has:file`, `has:link`, `is:unread`, `mentions:me`. Each of them must hold.",
        operation_id="search",
        parameters=[
            OpenApiParameter("q", Q_SCHEMA, required=True, description="The query."),
            number_parameter("before", "Only hits with a lower id, to get the next page."),
            OpenApiParameter("tz", ZONE_SCHEMA, description="The time zone of the dates; UTC if absent."),
            LIMIT,
        ],
        responses=SearchSchema,
    )
)
class SearchView(ApiView):
    """Messages that the requesting user may read."""

    def get(self, request: Request) -> Response:
        """A page of hits."""
        query = parse_query(request.query_params.get("q", ""))
        before, limit = query_number(request, "before", least=1), query_limit(request)
        zone = time_zone(request.query_params.get("tz", "UTC"))
        found = search(self.person, query, before=before, limit=limit, zone=zone)
        titles = titles_for(self.person, {message.room for message in found.messages})
        body: dict[str, Any] = {
            "results": [hit_body(message, query, titles[message.room_id]) for message in found.messages],
            "more": found.more,
        }
        return Response(body | _limits_of(found))


def hit_body(message: Message, query: Query, title: str) -> dict[str, Any]:
    """The response body for a hit."""
    return {
        "id": message.pk,
        "room_title": title,
        "excerpt": [part._asdict() for part in excerpt_of(message, query)],
        "message": message_wire(message),
    }


def _limits_of(found: Found) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if found.looked_back_to is not None:
        limits["looked_back_to"] = timestamp(found.looked_back_to)
    if is_indexing():
        limits["indexing"] = True
    return limits
