"""Scheduled messages: list, schedule, edit, delete, and send now."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.selectors.rooms import get_room_for
from rooms.selectors.scheduled_messages import get_scheduled_for, scheduled_by
from rooms.serializers.messages import MessageSchema
from rooms.serializers.scheduled_messages import NewScheduled, ScheduledChanges, ScheduledSchema
from rooms.services.scheduled_messages import (
    MAX_SCHEDULED,
    message_schedule,
    scheduled_delete,
    scheduled_send,
    scheduled_update,
)
from rooms.wire import message_wire, scheduled_wire


class ScheduledListView(ApiView):
    """The messages that the requesting user has scheduled."""

    @extend_schema(
        summary="List my scheduled messages, the next one first",
        description=f"All of them: at most {MAX_SCHEDULED}. Sent ones are not among them any more.",
        operation_id="scheduled_list",
        responses=ScheduledSchema(many=True),
    )
    def get(self, request: Request) -> Response:
        """All scheduled messages."""
        return Response([scheduled_wire(scheduled) for scheduled in scheduled_by(self.person)])


class RoomScheduledView(ApiView):
    """Scheduling a message to a room."""

    @extend_schema(
        summary="Schedule a message",
        description="It is sent within seconds of `send_at`. If that is not possible then, for example because the "
        "room was archived, it stays in the list with the reason, and you are notified.",
        operation_id="scheduled_create",
        request=NewScheduled,
        responses={201: ScheduledSchema},
    )
    def post(self, request: Request, name: str) -> Response:
        """Schedule a message."""
        room = get_room_for(self.person, name)
        return Response(
            scheduled_wire(message_schedule(by=self.person, room=room, **parsed(NewScheduled, request))), status=201
        )


@extend_schema_view(
    get=extend_schema(
        summary="Get one of my scheduled messages", operation_id="scheduled_read", responses=ScheduledSchema
    ),
    patch=extend_schema(
        summary="Edit one of my scheduled messages",
        description="With a new time, one that could not be sent is due again.",
        operation_id="scheduled_update",
        request=ScheduledChanges,
        responses=ScheduledSchema,
    ),
    delete=extend_schema(
        summary="Delete one of my scheduled messages",
        operation_id="scheduled_delete",
        responses={204: OpenApiResponse(description="Done.")},
    ),
)
class ScheduledView(ApiView):
    """One scheduled message of the requesting user."""

    def get(self, request: Request, scheduled_id: int) -> Response:
        """The scheduled message."""
        return Response(scheduled_wire(get_scheduled_for(self.person, scheduled_id)))

    def patch(self, request: Request, scheduled_id: int) -> Response:
        """Edit it."""
        changes = parsed(ScheduledChanges, request)
        return Response(scheduled_wire(scheduled_update(by=self.person, scheduled_id=scheduled_id, **changes)))

    def delete(self, request: Request, scheduled_id: int) -> Response:
        """Delete it."""
        scheduled_delete(by=self.person, scheduled_id=scheduled_id)
        return Response(status=204)


class ScheduledSendView(ApiView):
    """Sending a scheduled message now."""

    @extend_schema(
        summary="Send one of my scheduled messages now",
        description="Returns the message. A second call finds no scheduled message any more: the response is 404.",
        operation_id="scheduled_send",
        request=None,
        responses={201: MessageSchema},
    )
    def post(self, request: Request, scheduled_id: int) -> Response:
        """Send it."""
        return Response(message_wire(scheduled_send(by=self.person, scheduled_id=scheduled_id)), status=201)
