"""Cursor pagination: pages stay consistent while rows are added and removed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

import orjson
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from chatproject.page_size import fit_from_start
from rooms.api.base import query_limit
from rooms.api.schema import LIMIT, LIMIT_SCHEMA, JsonSchema
from rooms.errors import InvalidField
from rooms.models import Revision, SavedMessage
from rooms.wire import message_size


class CursorPages(BasePagination):
    """Pages by `?cursor=`, taken from `next` or `previous`, and `?limit=`, from 1 to 100.

    A cursor is `after:` or `before:` followed by a row's value in the ordering column, which must be unique. Without a
    value it means the first or the last page.
    """

    ordering: ClassVar[str]  # the ordering column; a leading dash means descending
    position: ClassVar[str]  # the pattern of the column's values

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return one page of rows. Raises InvalidField for an invalid cursor or one of another list."""
        limit = query_limit(request)
        cursor = request.query_params.get("cursor", "after:")
        if not re.fullmatch(self.pattern(), cursor):
            raise InvalidField(_("cursor must come from `next` or `previous` of another page."))
        way, _colon, position = cursor.partition(":")
        backwards = way == "before"
        column, ascending = self.ordering.removeprefix("-"), not self.ordering.startswith("-")
        rows = queryset.order_by(self.ordering)
        if position:
            rows = rows.filter(**{f"{column}__{'lt' if ascending == backwards else 'gt'}": position})
        found = list((rows.reverse() if backwards else rows)[: limit + 1])
        return self._page(request, found, limit, backwards=backwards, inside=bool(position))

    def paginate_first(self, request: Request, find: Callable[[int], list[Any]]) -> list[Any]:
        """Return the first page, of the rows in order that `find` returns, given how many. Raises InvalidField."""
        limit = query_limit(request)
        return self._page(request, find(limit + 1), limit, backwards=False, inside=False)

    def _page(self, request: Request, found: list[Any], limit: int, *, backwards: bool, inside: bool) -> list[Any]:
        """Return the page that begins with these rows. `inside` says that it is not at an end of the list."""
        page = fit_from_start(found[:limit], self.size)
        more = len(found) > len(page)
        if backwards:
            page.reverse()
        column = self.ordering.removeprefix("-")
        first, last = (getattr(page[0], column), getattr(page[-1], column)) if page else ("", "")
        address = request.build_absolute_uri()
        goes_on = inside if backwards else more
        goes_back = more if backwards else inside
        self.next = replace_query_param(address, "cursor", f"after:{last}") if goes_on else None
        self.previous = replace_query_param(address, "cursor", f"before:{first}") if goes_back else None
        return page

    def size(self, row: Any) -> int:
        """The size of a row's user-written text in the response, in bytes."""
        return 0

    def get_paginated_response(self, data: Any) -> Response:
        """The page, with the addresses of the next and the previous one."""
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def pattern(self) -> str:
        """The pattern of a cursor."""
        return rf"^(after|before):({self.position})?$"

    def get_paginated_response_schema(self, schema: JsonSchema) -> JsonSchema:
        """The OpenAPI schema of the response."""
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[JsonSchema]:
        """The OpenAPI parameters."""
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "From an earlier page's `next` or `previous`.",
                "schema": {"type": "string", "pattern": self.pattern()},
            },
            {"name": "limit", "in": "query", "description": LIMIT.description, "schema": LIMIT_SCHEMA},
        ]


NAME = r"[a-z0-9._-]{1,64}"
NUMBER = r"[0-9]{1,18}"


class RoomPages(CursorPages):
    """Rooms by name."""

    ordering = "name"
    position = NAME


class PersonPages(CursorPages):
    """People by user name."""

    ordering = "username"
    position = r"[^\s\u0000\u001c-\u001f\u0085\ufeff]{1,150}"


class MemberPages(CursorPages):
    """Members, bans and the like, oldest first."""

    ordering = "id"
    position = NUMBER


class LatestPages(CursorPages):
    """Invite links, the newest first."""

    ordering = "-id"
    position = NUMBER


class RevisionPages(CursorPages):
    """Revisions, oldest first; fewer per page if they are long."""

    ordering = "id"
    position = NUMBER

    def size(self, row: Revision) -> int:
        """The size of the message's earlier text."""
        return len(orjson.dumps(row.content))


class SavedPages(CursorPages):
    """Saved messages, the last saved first; fewer per page if they are long."""

    ordering = "-id"
    position = NUMBER

    def size(self, row: SavedMessage) -> int:
        """The size of the message."""
        return message_size(row.message)
