"""Reports of messages and people: making them, and handling them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed, query_flag
from rooms.api.pagination import LatestPages
from rooms.models import Report, ReportAction
from rooms.selectors.people import get_person
from rooms.selectors.reports import get_report_for, own_reports, reports_for
from rooms.selectors.rooms import get_room_for
from rooms.serializers.reports import NewReport, NewReportAction, OwnReportSchema, ReportSchema
from rooms.services.reports import message_report, person_report, report_act, report_assign, report_undo
from rooms.wire import timestamp


def own_report_body(report: Report) -> dict[str, Any]:
    """The response body for a report of the requesting user, without what was done."""
    return {
        "id": report.pk,
        "room_name": report.room.name if report.room else None,
        "seq": report.message.seq if report.message else None,
        "user_name": report.user_name,
        "reason": report.reason,
        "note": report.note,
        "closed": report.state != Report.State.OPEN,
        "created_at": timestamp(report.created_at),
        "closed_at": timestamp(report.closed_at) if report.closed_at else None,
    }


def report_body(report: Report, actions: list[ReportAction]) -> dict[str, Any]:
    """The response body for a report, for those who may handle it."""
    message = report.message
    deleted = message is None or message.deleted_at is not None
    return own_report_body(report) | {
        "state": report.state,
        "content": report.content,
        "content_now": None if deleted or message is None else message.content,
        "files": report.files,
        "reporter": report.reporter.username if report.reporter else None,
        "assignee": report.assignee.username if report.assignee else None,
        "closed_by": report.closed_by.username if report.closed_by else None,
        "actions": [
            {
                "id": one.pk,
                "action": one.kind,
                "by": one.by.username if one.by else None,
                "at": timestamp(one.at),
                "until": timestamp(one.until) if one.until else None,
                "everywhere": one.everywhere,
                "undone_at": timestamp(one.undone_at) if one.undone_at else None,
            }
            for one in actions
        ],
    }


class MessageReportView(ApiView):
    """Reporting a message."""

    @extend_schema(
        summary="Report a message to the moderators",
        description="The person is not told. A second report of it, while your first is open, returns that (200).",
        operation_id="reports_of_messages_create",
        request=NewReport,
        responses={201: OwnReportSchema, 200: OwnReportSchema},
    )
    def post(self, request: Request, name: str, seq: int) -> Response:
        """Report it."""
        room = get_room_for(self.person, name)
        report, new = message_report(by=self.person, room=room, seq=seq, **parsed(NewReport, request))
        return Response(own_report_body(report), status=201 if new else 200)


class PersonReportView(ApiView):
    """Reporting a person."""

    @extend_schema(
        summary="Report a person to the admins",
        description="They are not told. A second report of them, while your first is open, returns that (200).",
        operation_id="reports_of_people_create",
        request=NewReport,
        responses={201: OwnReportSchema, 200: OwnReportSchema},
    )
    def post(self, request: Request, user_name: str) -> Response:
        """Report them."""
        report, new = person_report(by=self.person, user=get_person(user_name), **parsed(NewReport, request))
        return Response(own_report_body(report), status=201 if new else 200)


class MyReportListView(ApiView):
    """The requesting user's own reports."""

    queryset = Report.objects.none()  # for the schema
    pagination_class = LatestPages

    @extend_schema(
        summary="List my reports, and whether a moderator has looked at them",
        operation_id="reports_mine",
        responses=OwnReportSchema(many=True),
    )
    def get(self, request: Request) -> Response:
        """A page of reports."""
        page = self.paginate_queryset(own_reports(self.person))
        return self.get_paginated_response([own_report_body(report) for report in page or []])


@extend_schema_view(
    get=extend_schema(
        summary="List the reports that I may handle, the newest first",
        description="Admins see all reports, owners and moderators those of messages in their rooms; nobody sees those "
        "about themselves.",
        operation_id="reports_list",
        parameters=[OpenApiParameter("open", bool, description="Only those that are open. Defaults to false.")],
        responses=ReportSchema(many=True),
    )
)
class ReportListView(ApiView):
    """The reports that the requesting user may handle."""

    queryset = Report.objects.none()  # for the schema
    pagination_class = LatestPages

    def get(self, request: Request) -> Response:
        """A page of reports."""
        rows = reports_for(self.person).prefetch_related("actions__by")
        if query_flag(request, "open"):
            rows = rows.filter(state=Report.State.OPEN)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response([report_body(report, list(report.actions.all())) for report in page or []])


class ReportDetailView(ApiView):
    """One report, and the answers of what is done about it."""

    def answer(self, report: Report, *, status: int = 200) -> Response:
        """The response with the report."""
        fresh = get_report_for(self.person, report.pk)
        return Response(report_body(fresh, list(fresh.actions.select_related("by"))), status=status)


@extend_schema_view(
    get=extend_schema(summary="Get a report that I may handle", operation_id="reports_read", responses=ReportSchema)
)
class ReportView(ReportDetailView):
    """One report."""

    def get(self, request: Request, report_id: int) -> Response:
        """The report."""
        return self.answer(get_report_for(self.person, report_id))


@extend_schema_view(
    put=extend_schema(
        summary="Take a report, so that others see who looks at it",
        operation_id="reports_take",
        request=None,
        responses=ReportSchema,
    ),
    delete=extend_schema(summary="Release a report", operation_id="reports_release", responses={200: ReportSchema}),
)
class ReportAssigneeView(ReportDetailView):
    """Who looks at a report."""

    def put(self, request: Request, report_id: int) -> Response:
        """Take it."""
        return self.answer(report_assign(by=self.person, report_id=report_id, take=True))

    def delete(self, request: Request, report_id: int) -> Response:
        """Release it."""
        return self.answer(report_assign(by=self.person, report_id=report_id, take=False))


@extend_schema_view(
    post=extend_schema(
        summary="Do something about a report",
        description="`deleted` deletes the message, `muted` mutes the person, `removed` and `banned` remove them from "
        "the room, `slowed` turns on slow mode in it, `dismissed` does nothing else. It closes all open reports of "
        "the same message or person and notifies their reporters.",
        operation_id="reports_act",
        request=NewReportAction,
        responses={201: ReportSchema},
    )
)
class ReportActionListView(ReportDetailView):
    """What is done about a report."""

    def post(self, request: Request, report_id: int) -> Response:
        """Do it."""
        report = report_act(by=self.person, report_id=report_id, **parsed(NewReportAction, request))
        return self.answer(report, status=201)


@extend_schema_view(
    delete=extend_schema(
        summary="Undo what was done about a report",
        description="Unmutes or unbans the person, turns slow mode off, or opens a dismissed report again. A deleted "
        "message can't be restored.",
        operation_id="reports_undo",
        responses={200: ReportSchema},
    )
)
class ReportActionView(ReportDetailView):
    """One thing that was done about a report."""

    def delete(self, request: Request, report_id: int, action_id: int) -> Response:
        """Undo it."""
        return self.answer(report_undo(by=self.person, report_id=report_id, action_id=action_id))
