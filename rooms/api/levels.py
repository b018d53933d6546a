"""What the requesting user wants of a room: which messages notify them, and where it is in their list."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.errors import NotFound
from rooms.models import Membership, Room
from rooms.selectors.levels import level_of
from rooms.selectors.members import get_membership
from rooms.selectors.rooms import NO_ROOM, get_room_for
from rooms.serializers.levels import MembershipChanges, MembershipSchema
from rooms.services.levels import membership_update


def membership_body(membership: Membership, room: Room) -> dict[str, Any]:
    """The response body for the requesting user's own membership."""
    return {
        "level": level_of(membership, room),
        "muted": membership.muted,
        "favourite": membership.favourite,
        "section": membership.section_id,
    }


@extend_schema_view(
    get=extend_schema(
        summary="Get my notifications of a room (members)", operation_id="membership_read", responses=MembershipSchema
    ),
    patch=extend_schema(
        summary="Change my notifications of a room (members)",
        description="What notifies you, and whether the room is muted, a favourite or in a section of your list. All "
        "your devices show it at once; your sockets that watch receive `unread`.",
        operation_id="membership_update",
        request=MembershipChanges,
        responses=MembershipSchema,
    ),
)
class MembershipView(ApiView):
    """The requesting user's own membership."""

    def get(self, request: Request, name: str) -> Response:
        """The settings."""
        room = get_room_for(self.person, name)
        membership = get_membership(self.person, room)
        if membership is None:
            raise NotFound(NO_ROOM)
        return Response(membership_body(membership, room))

    def patch(self, request: Request, name: str) -> Response:
        """Change the given settings."""
        room = get_room_for(self.person, name)
        membership = membership_update(user=self.person, room=room, **parsed(MembershipChanges, request))
        return Response(membership_body(membership, room))
