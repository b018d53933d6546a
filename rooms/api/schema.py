"""The OpenAPI schema, more exact about parameters and bodies than drf-spectacular's defaults."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any, ClassVar, Literal

from django.http import HttpResponse
from django.middleware.gzip import re_accepts_gzip
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.serializers import ListField

from rooms.models import ROOM_NAME_PATTERN
from rooms.serializers.base import NO_NUL, ProblemSchema, TextField
from rooms.serializers.messages import MAX_EMOJI_LENGTH

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
LARGEST_NUMBER = 2**63 - 1  # the limit of the database's integer columns

JsonSchema = dict[str, Any]


def number_schema(least: int = 0, most: int = LARGEST_NUMBER) -> JsonSchema:
    """The JSON schema of an integer."""
    return {"type": "integer", "format": "int64", "minimum": least, "maximum": most}


def number_parameter(name: str, description: str) -> OpenApiParameter:
    """A query parameter with a seq or version."""
    return OpenApiParameter(name, number_schema(), description=description)


# Clients resolve `.` and `..` before sending a request, so these would be other addresses.
NOT_A_PLACE = r"^[^\u0000]*[^.\u0000][^\u0000]*$"
TEXT_SCHEMA: JsonSchema = {"type": "string", "minLength": 1, "pattern": NO_NUL}
PATH_SCHEMAS: dict[str, JsonSchema] = {
    "name": {"type": "string", "pattern": ROOM_NAME_PATTERN},
    "room_name": {"type": "string", "pattern": ROOM_NAME_PATTERN},
    "user_name": TEXT_SCHEMA | {"maxLength": 150, "pattern": NOT_A_PLACE},
    "seq": number_schema(1),
    "emoji": TEXT_SCHEMA | {"maxLength": MAX_EMOJI_LENGTH},
    "task_id": number_schema(1),
    "link_id": {"type": "string", "pattern": r"^[-a-zA-Z0-9_]+$"},
    "scheduled_id": number_schema(1),
    "section_id": number_schema(1),
    "session_id": number_schema(1),
    "report_id": number_schema(1),
    "action_id": number_schema(1),
    "invitation_id": number_schema(1),
    "connection_id": {"type": "string", "maxLength": 32, "pattern": r"^[-a-zA-Z0-9_]+$"},
}
LIMIT_SCHEMA = number_schema(1, MAX_LIMIT) | {"default": DEFAULT_LIMIT}
LIMIT = OpenApiParameter("limit", LIMIT_SCHEMA, description="The maximum number of results.")


class ApiSchema(AutoSchema):
    """Describes a view, including the problem body that all errors share.

    A view's `path_schemas` are the schemas of its path parameters; a serializer's `rule` says how its fields depend on
    each other.
    """

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """The name of a component: clients know the response schemas as `MessageForm`, `RoomForm` and so on."""
        name: str = super().get_serializer_name(serializer, direction)
        return f"{name.removesuffix('Schema')}Form" if name.endswith("Schema") else name

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        refusal = self._get_response_for_code(  # type: ignore[no-untyped-call]
            ProblemSchema, "default", media_types=["application/problem+json"]
        )
        return bodies | {"default": refusal | {"description": "An error."}}

    def _get_request_for_media_type(
        self, serializer: Any, direction: Literal["request", "response"] = "request"
    ) -> tuple[Any, bool]:
        """A body, and whether it is required; drf-spectacular misses that for pictures and alternatives."""
        schema, required = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        several = isinstance(serializer, PolymorphicProxySerializer)
        # What a body needs may depend on other fields, and then none of them is required.
        return schema, required or several or hasattr(serializer, "needs_body") or (
            isinstance(schema, dict) and schema.get("format") == "binary"
        )

    def _resolve_path_parameters(self, variables: list[str]) -> list[JsonSchema]:
        schemas: dict[str, JsonSchema] = getattr(self.view, "path_schemas", {})
        found: list[JsonSchema] = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        return [parameter | {"schema": schemas.get(parameter["name"], parameter["schema"])} for parameter in found]

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> JsonSchema:
        schema: JsonSchema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        for field in serializer.fields.values():
            texts = field.child if isinstance(field, ListField) else field
            if isinstance(texts, TextField) and field.field_name in schema["properties"]:
                described = schema["properties"][field.field_name]
                (described["items"] if texts is not field else described).update(texts.schema)
        return schema | getattr(serializer, "rule", {})


@dataclass(frozen=True, slots=True)
class Written:
    """The schema in one format."""

    plain: bytes
    gzipped: bytes
    etag: str


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    """The OpenAPI schema. It takes seconds to generate, and then is cached for the lifetime of the process."""

    generating = Lock()  # one thread at a time: the generator's lazy imports fail if two of them start together
    written: ClassVar[dict[type[BaseRenderer], Written]] = {}

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The schema as YAML or JSON."""
        renderer: BaseRenderer = request.accepted_renderer
        with self.generating:
            if type(renderer) not in self.written:
                self.written[type(renderer)] = self._write(renderer)
        written = self.written[type(renderer)]
        kind = renderer.media_type if renderer.charset is None else f"{renderer.media_type}; charset={renderer.charset}"
        gzipped = re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")) is not None
        response = HttpResponse(written.gzipped if gzipped else written.plain, content_type=kind)
        response.headers["ETag"] = f"W/{written.etag}" if gzipped else written.etag
        response.headers["Content-Disposition"] = f'inline; filename="Parlor.{renderer.format}"'
        if gzipped:
            response.headers["Content-Encoding"] = "gzip"
        patch_vary_headers(response, ("Accept-Encoding",))
        return get_conditional_response(request, etag=written.etag, response=response) or response

    def _write(self, renderer: BaseRenderer) -> Written:
        schema = self.generator_class().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        plain = renderer.render(schema, renderer_context={})
        assert isinstance(plain, bytes)
        return Written(plain, gzip.compress(plain), quote_etag(sha256(plain).hexdigest()))
