"""Mutes in a room and on the server."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.api.members import GONE
from rooms.api.pagination import MemberPages
from rooms.models import Restriction
from rooms.selectors.people import get_person
from rooms.selectors.restrictions import mutes_for
from rooms.selectors.rooms import get_room_for
from rooms.serializers.reports import MuteSchema, NewMute
from rooms.services.restrictions import user_mute, user_unmute
from rooms.wire import timestamp


def mute_body(mute: Restriction) -> dict[str, Any]:
    """The response body for a mute. Reads `mute.user` and `mute.by`, so select them, too."""
    return {
        "user_id": mute.user.pk,
        "user_name": mute.user.username,
        "display_name": mute.user.shown_name,
        "until": timestamp(mute.until) if mute.until else None,
        "reason": mute.reason,
        "by": mute.by.username if mute.by else None,
        "created_at": timestamp(mute.created_at),
    }


@extend_schema_view(
    get=extend_schema(
        summary="List who is muted in a room (owners and moderators)",
        operation_id="mutes_list",
        responses=MuteSchema(many=True),
    )
)
class RoomMuteListView(ApiView):
    """Who is muted in a room."""

    queryset = Restriction.objects.none()  # for the schema
    pagination_class = MemberPages

    def get(self, request: Request, name: str) -> Response:
        """A page of mutes."""
        page = self.paginate_queryset(mutes_for(self.person, get_room_for(self.person, name)))
        return self.get_paginated_response([mute_body(mute) for mute in page or []])


@extend_schema_view(
    put=extend_schema(
        summary="Mute somebody in a room (owners and moderators)",
        description="They can read, but not write, react or upload there. Replaces an earlier mute.",
        operation_id="mutes_update",
        request=NewMute,
        responses=MuteSchema,
    ),
    delete=extend_schema(
        summary="Unmute somebody in a room (owners and moderators)", operation_id="mutes_delete", responses=GONE
    ),
)
class RoomMuteView(ApiView):
    """One person's mute in a room."""

    def put(self, request: Request, name: str, user_name: str) -> Response:
        """Mute them."""
        room = get_room_for(self.person, name)
        wanted = parsed(NewMute, request)
        return Response(mute_body(user_mute(by=self.person, user=get_person(user_name), room=room, **wanted)))

    def delete(self, request: Request, name: str, user_name: str) -> Response:
        """Unmute them."""
        room = get_room_for(self.person, name)
        user_unmute(by=self.person, user=get_person(user_name), room=room)
        return Response(status=204)


@extend_schema_view(
    put=extend_schema(
        summary="Mute somebody on the whole server (admins)",
        description="They can read, but not write in any room, open a new direct room, or change their name, picture "
        "or status. Replaces an earlier mute.",
        operation_id="server_mutes_update",
        request=NewMute,
        responses=MuteSchema,
    ),
    delete=extend_schema(
        summary="Unmute somebody on the whole server (admins)", operation_id="server_mutes_delete", responses=GONE
    ),
)
class MuteView(ApiView):
    """One person's mute on the whole server."""

    def put(self, request: Request, user_name: str) -> Response:
        """Mute them."""
        wanted = parsed(NewMute, request)
        return Response(mute_body(user_mute(by=self.person, user=get_person(user_name), **wanted)))

    def delete(self, request: Request, user_name: str) -> Response:
        """Unmute them."""
        user_unmute(by=self.person, user=get_person(user_name))
        return Response(status=204)
