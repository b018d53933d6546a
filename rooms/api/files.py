"""Files of rooms and messages: list them, and delete one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, query_limit
from rooms.api.schema import LIMIT, PATH_SCHEMAS
from rooms.api.uploads import PATH_SCHEMA
from rooms.models import Attachment
from rooms.selectors.attachments import loaded
from rooms.selectors.files import room_files
from rooms.selectors.rooms import get_room_for
from rooms.serializers.files import RoomFilesSchema
from rooms.serializers.messages import MessageSchema
from rooms.services.attachments import attachment_delete
from rooms.wire import attachment_wire, message_wire, timestamp


@extend_schema_view(
    get=extend_schema(
        summary="List the files in a room, newest first",
        operation_id="files_list",
        parameters=[
            OpenApiParameter("before", PATH_SCHEMA, description="Only files older than the one with this id."),
            LIMIT,
        ],
        responses=RoomFilesSchema,
    )
)
class RoomFileListView(ApiView):
    """The files in a room's messages."""

    def get(self, request: Request, name: str) -> Response:
        """A page of files."""
        limit = query_limit(request)
        room = get_room_for(self.person, name)
        found = room_files(room, before=request.query_params.get("before"), limit=limit + 1)
        return Response({"files": [file_body(one) for one in found[:limit]], "more": len(found) > limit})


def file_body(attachment: Attachment) -> dict[str, Any]:
    """The response body for a file in a room."""
    message = attachment.message
    assert message is not None
    author = message.author
    return {
        "message_seq": message.seq,
        "user_id": message.author_id,
        "user_name": author.username if author else message.user_name,
        "display_name": author.shown_name if author else message.user_name,
        "created_at": timestamp(message.created_at),
        "attachment": attachment_wire(loaded([attachment])[0]),
    }


@extend_schema_view(
    delete=extend_schema(
        summary="Delete one file of a message",
        description="Returns the message. One that has neither text nor other files is deleted.",
        operation_id="attachments_delete",
        responses={200: MessageSchema},
    )
)
class AttachmentView(ApiView):
    """One file of a message."""

    path_schemas = PATH_SCHEMAS | {"attachment_id": PATH_SCHEMA}

    def delete(self, request: Request, name: str, seq: int, attachment_id: str) -> Response:
        """Delete the file with its bytes."""
        room = get_room_for(self.person, name)
        message = attachment_delete(by=self.person, room=room, seq=seq, attachment_id=attachment_id)
        return Response(message_wire(message))
