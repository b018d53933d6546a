"""Lists by cursor: a page stays right while rows are added and removed around it."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from rooms.api.base import DEFAULT_LIMIT, MAX_LIMIT, query_limit
from rooms.errors import InvalidField

BAD_CURSOR = "cursor must be one that an earlier page gave."


class CursorPages(CursorPagination):
    """`?cursor=`, as given in `next` and `previous`, and `?limit=`, from 1 to 100."""

    page_size = DEFAULT_LIMIT
    page_size_query_param = "limit"
    max_page_size = MAX_LIMIT

    def get_page_size(self, request: Request) -> int:
        """How many rows make a page. Raises InvalidField, where the framework would quietly take its default."""
        return query_limit(request)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The position in a cursor. Raises InvalidField for one that nobody gave out."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound as error:
            raise InvalidField(BAD_CURSOR) from error
        if cursor is not None and "\0" in str(cursor.position or ""):
            raise InvalidField(BAD_CURSOR)
        return cursor

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """One page of rows. Raises InvalidField when the cursor is of another list."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except ValueError as error:
            raise InvalidField(BAD_CURSOR) from error


class RoomPages(CursorPages):
    """Rooms by name."""

    ordering = "name"


class MemberPages(CursorPages):
    """Members and bans, the oldest first."""

    ordering = "id"
