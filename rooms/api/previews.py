"""Previews of links over REST."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView
from rooms.api.schema import PATH_SCHEMAS, number_schema
from rooms.selectors.rooms import get_room_for
from rooms.serializers.messages import MessageSchema
from rooms.services.preview_removal import preview_remove
from rooms.wire import message_wire


@extend_schema_view(
    delete=extend_schema(
        summary="Remove the preview of a link from a message",
        description="For everybody and for good, even after an edit. For those who may delete the message, which is "
        "returned.",
        operation_id="previews_delete",
        responses={200: MessageSchema},
    )
)
class PreviewView(ApiView):
    """The preview of a link in a message."""

    path_schemas = PATH_SCHEMAS | {"preview_id": number_schema(1)}

    def delete(self, request: Request, name: str, seq: int, preview_id: int) -> Response:
        """Remove the preview; return the message."""
        room = get_room_for(self.person, name)
        message = preview_remove(by=self.person, room=room, seq=seq, preview_id=preview_id)
        return Response(message_wire(message))
