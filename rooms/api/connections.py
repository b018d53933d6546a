"""The connections to a room: list and close."""

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
from rooms.serializers.members import ConnectionSchema
from rooms.services.connections import connection_disconnect_from
from rooms.wire import timestamp


def connection_body(following: Following, *, for_staff: bool) -> dict[str, Any]:
    """The response body for a connection. Reads `following.connection.user`, so select it, too."""
    connection = following.connection
    user = connection.user
    body = {
        "connection_id": connection.pk,
        "user_id": user.pk if user else None,
        "user_name": user.username if user else None,
        "display_name": user.shown_name if user else None,
        "guest": user is None,
        "opened_at": timestamp(connection.opened_at),
        "since": timestamp(following.since),
        "process": connection.process_id.hex[:8],
    }
    return body | {"address": connection.address} if for_staff else body


@extend_schema_view(
    get=extend_schema(
        summary="List connections (owners and moderators)",
        description="All sockets that follow the room, across all server processes, oldest first.",
        operation_id="connections_list",
        responses=ConnectionSchema(many=True),
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
        return self.get_paginated_response([connection_body(row, for_staff=for_staff) for row in page or []])


@extend_schema_view(
    delete=extend_schema(
        summary="Close a connection (owners and moderators)",
        description="Closes the socket with code 4003. Moderators can't close connections of owners or other "
        "moderators.",
        operation_id="connections_delete",
        responses=GONE,
    )
)
class ConnectionView(ApiView):
    """One connection."""

    def delete(self, request: Request, name: str, connection_id: str) -> Response:
        """Close the connection; the close code tells the client not to reconnect."""
        room = get_room_for(self.person, name)
        connection_disconnect_from(by=self.person, room=room, connection_id=connection_id)
        return Response(status=204)
