"""How far one has read, and what is unread."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.models import Room
from rooms.selectors.rooms import get_room_for
from rooms.selectors.unread import get_unread, unread_of
from rooms.serializers.read_marks import NewMark, ReadForm, UnreadForm
from rooms.services.read_marks import read_mark_move
from rooms.wire import unread_wire


@extend_schema_view(
    get=extend_schema(summary="How far one has read (members)", operation_id="read_read", responses=ReadForm),
    put=extend_schema(
        summary="Say how far one has read (members)",
        description="The pointer never gets above the last message. One's sockets that watch, or follow the room, get "
        "`read`.",
        operation_id="read_update",
        request=NewMark,
        responses=ReadForm,
    ),
)
class ReadView(ApiView):
    """One's read pointer in a room."""

    def get(self, request: Request, name: str) -> Response:
        """The pointer, and what is above it."""
        return Response(self.answer(get_room_for(self.person, name)))

    def put(self, request: Request, name: str) -> Response:
        """The same, once it has moved."""
        room = get_room_for(self.person, name)
        read_mark_move(user=self.person, room=room, **parsed(NewMark, request))
        return Response(self.answer(room))

    def answer(self, room: Room) -> dict[str, Any]:
        """Raises NotFound for who is no member."""
        state = get_unread(self.person, room)
        return {
            "seq": state.read_seq,
            "last_seq": state.last_seq,
            "unread": state.unread,
            "mentions": state.mentions,
        }


@extend_schema_view(
    get=extend_schema(
        summary="All my rooms, and what is unread there",
        description="What the socket tells after `watch`. One's own messages and deleted ones are not counted.",
        operation_id="unread_list",
        responses=UnreadForm,
    )
)
class UnreadView(ApiView):
    """What is unread in all one's rooms."""

    def get(self, request: Request) -> Response:
        """By the rooms' names."""
        return Response({"rooms": [unread_wire(room) for room in unread_of([self.person.pk]) if not room.hidden]})
