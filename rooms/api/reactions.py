"""Reactions to messages: list, add and remove."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.selectors.messages import get_message, reactions_to
from rooms.selectors.rooms import get_room_for
from rooms.serializers.messages import MessageSchema, NewReaction, ReactionSchema
from rooms.services.reactions import reaction_add, reaction_remove
from rooms.wire import message_wire


@extend_schema_view(
    get=extend_schema(
        summary="List reactions, oldest first",
        operation_id="reactions_list",
        responses=ReactionSchema(many=True),
    ),
    post=extend_schema(
        summary="Add a reaction",
        description="Returns the message. Adding the same reaction again changes nothing.",
        operation_id="reactions_create",
        request=NewReaction,
        responses={200: MessageSchema},
    ),
)
class ReactionListView(ApiView):
    """List and add reactions to a message."""

    def get(self, request: Request, name: str, seq: int) -> Response:
        """Each reaction with its person."""
        room = get_room_for(self.person, name)
        reactions = reactions_to(get_message(room, seq))
        return Response(
            [
                {
                    "emoji": reaction.emoji,
                    "user_id": reaction.user.pk,
                    "user_name": reaction.user.username,
                    "display_name": reaction.user.shown_name,
                }
                for reaction in reactions
            ]
        )

    def post(self, request: Request, name: str, seq: int) -> Response:
        """Add the reaction; returns the message."""
        room = get_room_for(self.person, name)
        emoji = parsed(NewReaction, request)["emoji"]
        return Response(message_wire(reaction_add(by=self.person, room=room, seq=seq, emoji=emoji)))


@extend_schema_view(
    delete=extend_schema(
        summary="Remove my reaction",
        description="Returns the message. Removing it again changes nothing.",
        operation_id="reactions_delete",
        responses={200: MessageSchema},
    )
)
class ReactionView(ApiView):
    """The requesting user's reaction to a message."""

    def delete(self, request: Request, name: str, seq: int, emoji: str) -> Response:
        """Remove the reaction; returns the message."""
        room = get_room_for(self.person, name)
        return Response(message_wire(reaction_remove(by=self.person, room=room, seq=seq, emoji=emoji)))
