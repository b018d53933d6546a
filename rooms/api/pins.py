"""Pinned messages: list, pin and unpin."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, query_limit, query_number
from rooms.api.schema import LIMIT, number_parameter
from rooms.selectors.pins import pinned_messages
from rooms.selectors.rooms import get_room_for
from rooms.serializers.messages import MessageSchema, PinnedMessagesSchema
from rooms.services.pins import message_pin, message_unpin
from rooms.wire import message_wire


@extend_schema_view(
    get=extend_schema(
        summary="List the pinned messages of a room, the latest pin first",
        operation_id="pins_list",
        parameters=[
            number_parameter("before", "Only messages pinned before the one with this seq, to get the next page."),
            LIMIT,
        ],
        responses=PinnedMessagesSchema,
    )
)
class PinListView(ApiView):
    """The pinned messages of a room."""

    def get(self, request: Request, name: str) -> Response:
        """A page of messages."""
        before, limit = query_number(request, "before"), query_limit(request)
        found, more = pinned_messages(get_room_for(self.person, name), before=before, limit=limit)
        return Response({"messages": [message_wire(message) for message in found], "more": more})


@extend_schema_view(
    put=extend_schema(
        summary="Pin a message",
        description="For owners and moderators, and for all members if the room's `pinning` is `members`, and in "
        "direct rooms. Returns the message. Pinning it again changes nothing.",
        operation_id="pins_update",
        request=None,
        responses={200: MessageSchema},
    ),
    delete=extend_schema(
        summary="Unpin a message",
        description="For those who can pin it. Returns the message. Unpinning it again changes nothing.",
        operation_id="pins_delete",
        responses={200: MessageSchema},
    ),
)
class PinView(ApiView):
    """The pin of a message."""

    def put(self, request: Request, name: str, seq: int) -> Response:
        """Pin the message; returns it."""
        room = get_room_for(self.person, name)
        return Response(message_wire(message_pin(by=self.person, room=room, seq=seq)))

    def delete(self, request: Request, name: str, seq: int) -> Response:
        """Unpin the message; returns it."""
        room = get_room_for(self.person, name)
        return Response(message_wire(message_unpin(by=self.person, room=room, seq=seq)))
