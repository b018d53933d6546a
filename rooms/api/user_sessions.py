"""Where the user is signed in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView
from rooms.api.members import GONE
from rooms.models import UserSession
from rooms.people.device_names import device_name
from rooms.selectors.user_sessions import user_sessions_of
from rooms.serializers.user_sessions import UserSessionSchema
from rooms.services.user_sessions import session_end
from rooms.wire import timestamp


def session_body(row: UserSession, request: Request) -> dict[str, Any]:
    """The response body for a session."""
    return {
        "id": row.pk,
        "device": device_name(row.user_agent),
        "address": row.address,
        "created_at": timestamp(row.created_at),
        "seen_at": timestamp(row.seen_at),
        "current": row.session_key == request._request.session.session_key,
    }


@extend_schema_view(
    get=extend_schema(
        summary="List the browsers in which I am signed in, last seen first",
        operation_id="sessions_list",
        responses=UserSessionSchema(many=True),
    ),
)
class UserSessionListView(ApiView):
    """List sessions. They are few, so there are no pages."""

    def get(self, request: Request) -> Response:
        """All sessions."""
        return Response([session_body(row, request) for row in user_sessions_of(self.person)])


@extend_schema_view(
    delete=extend_schema(
        summary="Sign out in one browser",
        description="Its sockets are closed within 2 s.",
        operation_id="sessions_delete",
        responses=GONE,
    )
)
class UserSessionView(ApiView):
    """One session."""

    def delete(self, request: Request, session_id: int) -> Response:
        """End it."""
        session_end(user=self.person, session_id=session_id)
        return Response(status=204)
