"""Read markers and unread counts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.models import Room
from rooms.selectors.rooms import get_room_for
from rooms.selectors.unread import get_unread, unread_of
from rooms.serializers.read_marks import NewMark, ReadSchema, UnreadSchema
from rooms.services.read_marks import read_mark_move
from rooms.wire import unread_wire


@extend_schema_view(
    get=extend_schema(summary="Get my read marker (members)", operation_id="read_read", responses=ReadSchema),
    put=extend_schema(
        summary="Set my read marker (members)",
        description="The marker never moves past the last message. Your sockets that watch, or that follow the room, "
        "receive `read`.",
        operation_id="read_update",
        request=NewMark,
        responses=ReadSchema,
    ),
)
class ReadView(ApiView):
    """The requesting user's read marker in a room."""

    def get(self, request: Request, name: str) -> Response:
        """The read marker, and the number of unread messages."""
        return Response(self.answer(get_room_for(self.person, name)))

    def put(self, request: Request, name: str) -> Response:
        """Move the read marker."""
        room = get_room_for(self.person, name)
        read_mark_move(user=self.person, room=room, **parsed(NewMark, request))
        return Response(self.answer(room))

    def answer(self, room: Room) -> dict[str, Any]:
        """The read marker as the API returns it. Raises NotFound for users who are not members."""
        state = get_unread(self.person, room)
        return {
            "seq": state.read_seq,
            "last_seq": state.last_seq,
            "unread": state.unread,
            "mentions": state.mentions,
        }


@extend_schema_view(
    get=extend_schema(
        summary="List unread counts of all my rooms",
        description="The same as the socket sends after `watch`. Your own messages and deleted ones are not counted.",
        operation_id="unread_list",
        responses=UnreadSchema,
    )
)
class UnreadView(ApiView):
    """The unread counts of all rooms of the requesting user."""

    def get(self, request: Request) -> Response:
        """The unread counts, by room name."""
        return Response({"rooms": [unread_wire(room) for room in unread_of([self.person.pk]) if not room.hidden]})
