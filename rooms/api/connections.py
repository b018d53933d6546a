"""Who is connected to a room, and ending a connection."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.models import Following
from rooms.api.base import ApiView
from rooms.api.members import GONE
from rooms.api.pagination import MemberPages
from rooms.selectors.members import connections_to
from rooms.selectors.rooms import get_room_for
from rooms.serializers.members import ConnectionForm
from rooms.services.connections import connection_disconnect_from
from rooms.wire import timestamp


def connection_form(following: Following, *, for_staff: bool) -> dict[str, Any]:
    """A connection as the API answers it. Reads `following.connection.user`: load it along."""
    connection = following.connection
    user = connection.user
    form = {
        "connection_id": connection.pk,
        "user_id": user.pk if user else None,
        "user_name": user.username if user else None,
        "display_name": user.shown_name if user else None,
        "guest": user is None,
        "opened_at": timestamp(connection.opened_at),
        "since": timestamp(following.since),
        "process": connection.process_id.hex[:8],
    }
    return form | {"address": connection.address} if for_staff else form


@extend_schema_view(
    get=extend_schema(
        summary="Who is connected (owners and moderators)",
        description="Every socket that follows the room, over all server processes, the longest there first.",
        operation_id="connections_list",
        responses=ConnectionForm(many=True),
    )
)
class ConnectionListView(ApiView):
    """The connections of a room."""

    queryset = Following.objects.none()  # for the schema
    pagination_class = MemberPages

    def get(self, request: Request, name: str) -> Response:
        """A page of connections."""
        room = get_room_for(self.person, name)
        page = self.paginate_queryset(connections_to(self.person, room))
        for_staff = self.person.is_staff
        return self.get_paginated_response([connection_form(row, for_staff=for_staff) for row in page or []])


@extend_schema_view(
    delete=extend_schema(
        summary="Close a connection (owners and moderators)",
        description="The socket is closed with 4003. Moderators can't close that of another moderator or an owner.",
        operation_id="connections_delete",
        responses=GONE,
    )
)
class ConnectionView(ApiView):
    """One connection."""

    def delete(self, request: Request, name: str, connection_id: str) -> Response:
        """Its client is told not to come back by itself."""
        room = get_room_for(self.person, name)
        connection_disconnect_from(by=self.person, room=room, connection_id=connection_id)
        return Response(status=204)
