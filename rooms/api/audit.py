"""The audit log: of everything for admins, of a room for its moderators."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView
from rooms.api.pagination import LatestPages
from rooms.api.schema import TEXT_SCHEMA
from rooms.errors import InvalidField
from rooms.models import ROOM_NAME_PATTERN, AuditAction, Room
from rooms.selectors.audit import AuditFilter, AuditScope, audit_events, audit_scope
from rooms.selectors.rooms import get_room_for
from rooms.serializers.audit import AuditEventSchema
from rooms.wire import audit_wire

DAY = {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
FILTERS = [
    OpenApiParameter("person", TEXT_SCHEMA, description="The username of who did it, or to whom it was done."),
    OpenApiParameter("action", {"type": "string", "enum": AuditAction.values}, description="What was done."),
    OpenApiParameter("since", DAY, description="The first day, in UTC."),
    OpenApiParameter("until", DAY, description="The last day, in UTC."),
]
ROOM = OpenApiParameter(
    "room_name", {"type": "string", "pattern": ROOM_NAME_PATTERN}, description="The name of a room."
)


class AuditView(ApiView):
    """Events, the newest first."""

    queryset = Room.objects.none()  # for the schema
    pagination_class = LatestPages

    def answer(self, request: Request, room: Room | None) -> Response:
        """A page of the events that the requesting user may see. Raises NotFound, InvalidField."""
        scope = audit_scope(self.person, room)
        page = self.paginate_queryset(audit_events(scope, room, wanted(request))) or []
        bodies: list[dict[str, Any]] = [audit_wire(event, with_address=scope is AuditScope.ALL) for event in page]
        return self.get_paginated_response(bodies)


class AuditListView(AuditView):
    """All events."""

    @extend_schema(
        summary="List the audit log (admins)",
        operation_id="audit_list",
        parameters=[*FILTERS, ROOM],
        responses=AuditEventSchema(many=True),
    )
    def get(self, request: Request) -> Response:
        """A page of events."""
        return self.answer(request, None)


class RoomAuditListView(AuditView):
    """The events of a room."""

    @extend_schema(
        summary="List a room's audit log (owners and moderators; members if it is public)",
        operation_id="room_audit_list",
        parameters=FILTERS,
        responses=AuditEventSchema(many=True),
    )
    def get(self, request: Request, name: str) -> Response:
        """A page of events."""
        return self.answer(request, get_room_for(self.person, name))


def wanted(request: Request) -> AuditFilter:
    """The filter in the query. Raises InvalidField."""
    given = request.query_params
    action = given.get("action", "")
    if "action" in given and action not in AuditAction.values:
        choices = {"field": "action", "choices": ", ".join(AuditAction.values)}
        raise InvalidField(_("%(field)s must be one of %(choices)s."), choices)
    return AuditFilter(
        person=given.get("person", ""),
        action=action,
        room_name=given.get("room_name", ""),
        since=_day(given.get("since"), "since"),
        until=_day(given.get("until"), "until"),
    )


def _day(text: str | None, field: str) -> date | None:
    if text is None:
        return None
    try:
        if len(text) != 10:  # `fromisoformat` reads weeks and other forms, too
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidField(_("%(field)s must be a day such as 2026-05-01."), {"field": field}) from error
