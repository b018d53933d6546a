"""Saved messages and reminders: list, save and remove."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.api.pagination import SavedPages
from rooms.models import SavedMessage
from rooms.selectors.messages import load_related_in_rooms
from rooms.selectors.room_titles import titles_for
from rooms.selectors.rooms import get_room_for
from rooms.selectors.saved_messages import saved_by
from rooms.serializers.saved_messages import NewSaved, SavedMessageSchema, SavedSchema
from rooms.services.saved_messages import message_save, message_unsave, reminder_set
from rooms.wire import message_wire, saved_wire


@extend_schema_view(
    get=extend_schema(
        summary="List the messages I have saved, the last saved first",
        description="Without those of rooms that you can't read at the moment.",
        operation_id="saved_list",
        responses=SavedMessageSchema(many=True),
    )
)
class SavedListView(ApiView):
    """The messages that the requesting user saved."""

    queryset = SavedMessage.objects.none()  # for the schema
    pagination_class = SavedPages

    def get(self, request: Request) -> Response:
        """A page of messages, each with its reminder."""
        page = self.paginate_queryset(saved_by(self.person)) or []
        load_related_in_rooms([saved.message for saved in page])
        titles = titles_for(self.person, {saved.message.room for saved in page})
        return self.get_paginated_response(
            [
                saved_wire(saved)
                | {"room_title": titles[saved.message.room_id], "message": message_wire(saved.message)}
                for saved in page
            ]
        )


@extend_schema_view(
    put=extend_schema(
        summary="Save a message for later, or set its reminder",
        description="Only you see what you have saved. With `remind_at`, you are notified at that time, on your own "
        "topic; without it, a reminder stays as it is.",
        operation_id="saved_update",
        request=NewSaved,
        responses={200: SavedSchema},
    ),
    delete=extend_schema(
        summary="Remove a message from those I have saved",
        description="With its reminder. Removing it again changes nothing.",
        operation_id="saved_delete",
        responses={204: OpenApiResponse(description="Done.")},
    ),
)
class SavedView(ApiView):
    """One saved message of the requesting user."""

    def put(self, request: Request, name: str, seq: int) -> Response:
        """Save the message."""
        room = get_room_for(self.person, name)
        given = parsed(NewSaved, request)
        if "remind_at" in given:
            saved = reminder_set(by=self.person, room=room, seq=seq, remind_at=given["remind_at"])
        else:
            saved = message_save(by=self.person, room=room, seq=seq)
        return Response(saved_wire(saved))

    def delete(self, request: Request, name: str, seq: int) -> Response:
        """Remove it."""
        message_unsave(by=self.person, room=get_room_for(self.person, name), seq=seq)
        return Response(status=204)
