"""Uploads in tests: through the services, or over HTTP as a client does it."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

from django.conf import settings

from rooms.models import Attachment, Room, User
from rooms.services.uploads import upload_append, upload_create

TEXT = b"Two spoons of tea, and water that has just boiled.\n"


def uploaded(by: User, room: Room, content: bytes = TEXT, name: str = "tea.txt") -> Attachment:
    """Upload a file, and return it as an attachment that is not sent yet."""
    upload = upload_create(by=by, room=room, name=name, length=len(content))
    offset = 0
    while offset < len(content):
        part = BytesIO(content[offset : offset + settings.UPLOAD_PART_BYTES])
        offset = upload_append(by=by, public_id=upload.public_id, offset=offset, part=part)
    return Attachment.objects.select_related("blob").get(public_id=upload.public_id)


def upload_headers(name: str, length: int) -> dict[str, str]:
    """Return the headers that begin an upload."""
    return {
        "Upload-Length": str(length),
        "Upload-Metadata": f"filename {base64.b64encode(name.encode()).decode()}",
        "Tus-Resumable": "1.0.0",
    }


def part_request(content: bytes) -> dict[str, Any]:
    """Return the body of a part, as arguments of Django's test client."""
    return {"data": content, "content_type": "application/offset+octet-stream"}
