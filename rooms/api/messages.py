"""Messages: pages of history, missed messages, post, edit, delete."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.page_size import fit_from_start
from rooms.api.base import ApiView, parsed, query_limit, query_position
from rooms.api.schema import LIMIT, number_parameter
from rooms.live.message_queue import post_and_wait
from rooms.markdown import may_mention_everybody
from rooms.models import Message, Room
from rooms.rate_limits import Budget
from rooms.selectors.installation import get_epoch
from rooms.selectors.messages import (
    changes_since,
    get_message,
    latest_message_of,
    messages_after,
    messages_around,
    recent_messages,
)
from rooms.selectors.rooms import get_room_for
from rooms.serializers.messages import EditedMessage, MessagePageSchema, MessageSchema, NewMessage, PostedMessageSchema
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import checked_message
from rooms.wire import message_size, message_wire


@extend_schema_view(
    get=extend_schema(
        summary="List messages, oldest first",
        description="Returns the newest page, or, with `after`, `before`, `around` or `since`, the page at that "
        "position. `more` tells whether there are more messages: a page ends at the limit, or at 1 MiB. To catch up "
        "with `since`, repeat the request with the last message's version while `more` is true, then continue from "
        "`version`.",
        operation_id="messages_list",
        parameters=[
            number_parameter("after", "The first messages with a higher seq."),
            number_parameter("before", "The last messages with a lower seq."),
            number_parameter("around", "The messages before and after this seq."),
            number_parameter("since", "The messages changed after this version, in the order of their versions."),
            LIMIT,
        ],
        responses=MessagePageSchema,
    ),
    post=extend_schema(
        summary="Post a message",
        operation_id="messages_create",
        request=NewMessage,
        responses={201: MessageSchema, 200: PostedMessageSchema},
    ),
)
class MessageListView(ApiView):
    """List and post messages."""

    def get(self, request: Request, name: str) -> Response:
        """A page of messages, and the room's version at that time."""
        limit = query_limit(request)
        position = query_position(request, ("after", "before", "around", "since"))
        room = get_room_for(self.person, name)
        messages, more = page_of(room, limit=limit, **position)
        body = {
            "messages": [message_wire(message) for message in messages],
            "version": room.version,
            "epoch": get_epoch(),
            "more": more,
        }
        return Response(body)

    def post(self, request: Request, name: str) -> Response:
        """Post a message: 201 for a new one, 200 if its `client_id` is already known."""
        room = get_room_for(self.person, name)
        given = parsed(NewMessage, request)
        if "content" not in given and not given.get("attachment_ids"):
            raise serializers.ValidationError({"content": _("This field is required.")}, code="required")
        new = checked_message(self.person, room, **given)
        if may_mention_everybody(new.content):
            self.charge_request(Budget.ROOM_MENTIONS)
        posted = post_and_wait(new)
        body: dict[str, Any] = message_wire(posted.message)
        if posted.duplicate:
            return Response(body | {"duplicate": True})
        return Response(body, status=201)


def page_of(
    room: Room,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
    around: int | None = None,
    since: int | None = None,
) -> tuple[list[Message], bool]:
    """At most `limit` messages, and whether there are more in that direction. Seqs have no gaps."""
    if around is not None:
        messages = messages_around(room, around, limit=limit)
        return messages, len(messages) < room.last_seq
    if after is not None:
        messages = messages_after(room, after=after, limit=limit)
        return messages, bool(messages) and messages[-1].seq < room.last_seq
    if since is not None:
        found = changes_since(room, version=since, limit=limit + 1)
        messages = fit_from_start(found[:limit], message_size)
        return messages, len(messages) < len(found)
    messages = recent_messages(room, before=before, limit=limit)
    return messages, bool(messages) and messages[0].seq > 1


@extend_schema_view(
    get=extend_schema(summary="Get a message", operation_id="messages_read", responses=MessageSchema),
    patch=extend_schema(
        summary="Edit my message", operation_id="messages_update", request=EditedMessage, responses=MessageSchema
    ),
    delete=extend_schema(
        summary="Delete a message (my own; moderators: any)",
        description="Returns the tombstone that remains in its place.",
        operation_id="messages_delete",
        responses={200: MessageSchema},
    ),
)
class MessageView(ApiView):
    """One message."""

    def get(self, request: Request, name: str, seq: int) -> Response:
        """The message."""
        room = get_room_for(self.person, name)
        return Response(message_wire(get_message(room, seq)))

    def patch(self, request: Request, name: str, seq: int) -> Response:
        """Edit the message."""
        room = get_room_for(self.person, name)
        edited = message_edit(by=self.person, room=room, seq=seq, **parsed(EditedMessage, request))
        return Response(message_wire(edited))

    def delete(self, request: Request, name: str, seq: int) -> Response:
        """Delete the content; a tombstone remains."""
        room = get_room_for(self.person, name)
        return Response(message_wire(message_delete(by=self.person, room=room, seq=seq)))


@extend_schema_view(
    get=extend_schema(
        summary="Get my newest message that is not deleted", operation_id="messages_mine", responses=MessageSchema
    ),
)
class MyLatestMessageView(ApiView):
    """The requesting user's newest message, for correcting it."""

    def get(self, request: Request, name: str) -> Response:
        """The message."""
        room = get_room_for(self.person, name)
        return Response(message_wire(latest_message_of(self.person, room)))
