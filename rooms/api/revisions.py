"""The edit history of messages."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView
from rooms.api.pagination import RevisionPages
from rooms.models import Revision
from rooms.selectors.messages import revisions_for
from rooms.selectors.rooms import get_room_for
from rooms.serializers.messages import RevisionSchema
from rooms.wire import timestamp


@extend_schema_view(
    get=extend_schema(
        summary="List earlier versions of a message (owners and moderators)",
        description="Oldest first, without the current text. They are deleted with the message.",
        operation_id="revisions_list",
        responses=RevisionSchema(many=True),
    )
)
class RevisionListView(ApiView):
    """The revisions of a message."""

    queryset = Revision.objects.none()  # for the schema
    pagination_class = RevisionPages

    def get(self, request: Request, name: str, seq: int) -> Response:
        """A page of revisions."""
        room = get_room_for(self.person, name)
        page = self.paginate_queryset(revisions_for(self.person, room, seq))
        return self.get_paginated_response(
            [{"content": revision.content, "written_at": timestamp(revision.written_at)} for revision in page or []]
        )
