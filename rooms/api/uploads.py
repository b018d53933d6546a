"""Uploads: the core of the tus protocol 1.0 with its extensions creation, expiration and termination.

https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from typing import Any

from django.conf import settings
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView
from rooms.api.schema import number_schema
from rooms.errors import InvalidField, MissingField, NotFound
from rooms.models import Upload, User
from rooms.rate_limits import Budget
from rooms.selectors.attachments import loaded
from rooms.selectors.files import get_upload, get_uploaded
from rooms.selectors.rooms import get_room_for
from rooms.serializers.files import UploadSchema
from rooms.services.uploads import upload_append, upload_create, upload_remove
from rooms.wire import attachment_wire, timestamp

TUS_VERSION = "1.0.0"
PART_TYPE = "application/offset+octet-stream"
MAX_METADATA = 4096  # characters
CHUNK = 256 * 1024  # bytes


def header(name: str, schema: dict[str, Any], description: str, *, required: bool = True) -> OpenApiParameter:
    """A request header in the schema."""
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, required=required, description=description)


OFFSET = header("Upload-Offset", number_schema(), "Where the part begins: the number of bytes received so far.")
METADATA_SCHEMA = {"type": "string", "maxLength": MAX_METADATA, "pattern": "^filename [A-Za-z0-9+/]+={0,2}$"}
PATH_SCHEMA = {"type": "string", "maxLength": 36, "pattern": r"^[0-9a-f-]+$"}


class PartParser(BaseParser):
    """Reads a part of a file into a temporary file.

    It reads at most one byte more than the limit, which is enough to reject it.
    """

    media_type = PART_TYPE

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the open file."""
        part = tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115
        left = settings.UPLOAD_PART_BYTES + 1
        while left > 0 and (chunk := stream.read(min(left, CHUNK))):
            part.write(chunk)
            left -= len(chunk)
        return part


class TusView(ApiView):
    """The base of the views of the protocol: each response says its version."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the headers of the protocol."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Tus-Resumable"] = TUS_VERSION
        response.headers["Cache-Control"] = "no-store"
        return response


@extend_schema_view(
    post=extend_schema(
        summary="Begin to upload a file",
        description="Resumable uploads follow [tus 1.0](https://tus.io/protocols/resumable-upload). Upload the file "
        "with `PATCH` to the address in `Location`, then post a message with its id in `attachment_ids`.",
        operation_id="uploads_create",
        parameters=[
            header("Upload-Length", number_schema(1), "The size of the file in bytes."),
            header("Upload-Metadata", METADATA_SCHEMA, "`filename` and the name of the file in Base64."),
        ],
        request=None,
        responses={201: UploadSchema},
    ),
    options=extend_schema(exclude=True),
)
class UploadListView(TusView):
    """Begins uploads."""

    def post(self, request: Request, name: str) -> Response:
        """Begin an upload: 201, with its address."""
        length = number_header(request, "Upload-Length")
        file_name = name_in(request.headers.get("Upload-Metadata", ""))
        room = get_room_for(self.person, name)
        upload = upload_create(by=self.person, room=room, name=file_name, length=length)
        location = request.build_absolute_uri(f"/api/uploads/{upload.public_id}/")
        return Response(upload_body(upload), status=201, headers=expiry(upload) | {"Location": location})

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """What the server supports, the same for all rooms."""
        headers = {
            "Tus-Version": TUS_VERSION,
            "Tus-Extension": "creation,expiration,termination",
            "Tus-Max-Size": str(settings.MAX_FILE_BYTES),
        }
        return Response(status=204, headers=headers)


@extend_schema_view(
    get=extend_schema(
        summary="Get an upload of mine",
        description="`attachment` is the file, once it is complete.",
        operation_id="uploads_read",
        responses=UploadSchema,
    ),
    head=extend_schema(summary="Get the offset of an upload of mine", operation_id="uploads_offset", responses=None),
    patch=extend_schema(
        summary="Upload a part of a file",
        description=f"At most {settings.UPLOAD_PART_BYTES} bytes. The last part completes the file: it is checked, and "
        "location data in it is removed.",
        operation_id="uploads_append",
        parameters=[OFFSET],
        request={PART_TYPE: OpenApiTypes.BINARY},
        responses={204: None},
    ),
    delete=extend_schema(
        summary="Remove an upload, or a file that was not sent", operation_id="uploads_delete", responses={204: None}
    ),
)
class UploadView(TusView):
    """One upload of the requesting user."""

    parser_classes = [PartParser]
    path_schemas = {"upload_id": PATH_SCHEMA}
    # A part is not a message: many follow each other. They have a budget of their own.
    budgets = {"PATCH": Budget.UPLOAD_PARTS}

    def get(self, request: Request, upload_id: str) -> Response:
        """The upload, and the file that it has become."""
        attachment = get_uploaded(self.person, upload_id)
        upload = find_upload(self.person, upload_id)
        if upload is None and attachment is None:
            get_upload(self.person, upload_id)  # raises NotFound
        body: dict[str, Any] = upload_body(upload) if upload is not None else {"id": upload_id}
        if attachment is not None:
            body["attachment"] = attachment_wire(loaded([attachment])[0])
        return Response(body)

    def head(self, request: Request, upload_id: str) -> Response:
        """Where the upload goes on."""
        upload = get_upload(self.person, upload_id)
        headers = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length)}
        return Response(headers=headers | expiry(upload))

    def patch(self, request: Request, upload_id: str) -> Response:
        """Append a part."""
        offset = number_header(request, "Upload-Offset")
        part: Any = request.data
        if not hasattr(part, "seek"):  # REST framework does not parse an empty body
            raise InvalidField(_("The body must be a part of the file."))
        with part:
            offset = upload_append(by=self.person, public_id=upload_id, offset=offset, part=part)
        return Response(status=204, headers={"Upload-Offset": str(offset)})

    def delete(self, request: Request, upload_id: str) -> Response:
        """Remove it."""
        upload_remove(by=self.person, public_id=upload_id)
        return Response(status=204)


def find_upload(owner: User, public_id: str) -> Upload | None:
    """The upload, or None if it has expired."""
    try:
        return get_upload(owner, public_id)
    except NotFound:
        return None


def upload_body(upload: Upload) -> dict[str, Any]:
    """The response body for an upload."""
    return {
        "id": upload.public_id,
        "offset": upload.offset,
        "length": upload.length,
        "expires_at": timestamp(upload.expires_at),
    }


def expiry(upload: Upload) -> dict[str, str]:
    """The header that says when an unfinished upload is removed."""
    return {"Upload-Expires": http_date(upload.expires_at.timestamp())}


def number_header(request: Request, name: str) -> int:
    """A required header with a whole number. Raises MissingField, InvalidField."""
    text = request.headers.get(name)
    if text is None:
        raise MissingField(_("%(field)s is missing."), {"field": name})
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise InvalidField(_("%(field)s must be a whole number."), {"field": name})
    return int(text)


def name_in(metadata: str) -> str:
    """The file's name in a header `Upload-Metadata`: pairs of a key and a value in Base64, separated by commas.

    Raises MissingField, InvalidField.
    """
    if len(metadata) > MAX_METADATA:
        raise InvalidField(_("Upload-Metadata is too long."))
    pairs = (pair.strip().partition(" ") for pair in metadata.split(","))
    value = next((value for key, _, value in pairs if key == "filename"), None)
    if value is None:
        raise MissingField(_("Upload-Metadata needs a filename."))
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidField(_("Upload-Metadata: The filename must be UTF-8 in Base64.")) from error
