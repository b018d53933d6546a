"""The base of all API views: parsing of bodies and query parameters, and the requesting user."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, TypeVar

import orjson
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import BasePagination
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from rooms.api.rate_limits import RateLimitedView
from rooms.api.schema import DEFAULT_LIMIT, LARGEST_NUMBER, MAX_LIMIT, PATH_SCHEMAS, ApiSchema, JsonSchema
from rooms.errors import Conflict, InvalidField, TooLarge
from rooms.models import User

POSITIONS = ("after", "before", "since")

SerializerType = TypeVar("SerializerType", bound=serializers.Serializer[Any])


def bounded_read(stream: Any) -> bytes:
    """Read a request's body. Raises TooLarge above the frame limit of the socket."""
    body: bytes = stream.read(settings.MAX_FRAME_BYTES + 1)
    if len(body) > settings.MAX_FRAME_BYTES:
        raise TooLarge(_("The request is larger than %(maximum)d bytes."), {"maximum": settings.MAX_FRAME_BYTES})
    return body


class JSONParser(BaseParser):
    """Parses JSON with orjson, which rejects NaN, lone surrogates and deep nesting, where json fails later."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the value in the body. Raises ParseError, TooLarge."""
        try:
            return orjson.loads(bounded_read(stream))
        except orjson.JSONDecodeError as error:
            raise ParseError(gettext("The body is not JSON: %(error)s.") % {"error": error}) from error


class FormParser(BaseParser):
    """Parses a form, always as UTF-8, for the OAuth2 password grant."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> QueryDict:
        """Return the fields. Raises TooLarge."""
        return QueryDict(bounded_read(stream), encoding="utf-8")


class ApiView(RateLimitedView, GenericAPIView[Any]):
    """A view of the API. It does not support OPTIONS, which would reveal which rooms exist."""

    schema = ApiSchema()
    path_schemas: ClassVar[dict[str, JsonSchema]] = PATH_SCHEMAS
    parser_classes = [JSONParser]
    metadata_class = None
    pagination_class: type[BasePagination] | None = None
    filter_backends = []

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """As REST framework's. Most clients accept everything, and then get the first renderer."""
        if request.META.get("HTTP_ACCEPT", "*/*") == "*/*" and "format" not in request.query_params:
            renderer = self.get_renderers()[0]
            return renderer, str(renderer.media_type)
        return super().perform_content_negotiation(request, force)

    @property
    def person(self) -> User:
        """The requesting user; the permission class ensures that there is one."""
        user = self.request.user
        assert isinstance(user, User)
        return user


def parsed(serializer_class: type[SerializerType], request: Request) -> dict[str, Any]:
    """The validated known fields of the body. Raises ValidationError."""
    try:
        data: dict[str, Any] = _unbound_serializer(serializer_class).run_validation(request.data)
    except serializers.ValidationError:
        serializer = serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)  # raises it in the form that REST framework gives it
        data = serializer.validated_data
    return data


@cache  # a serializer copies its fields for each instance, which takes longer than to validate a short body
def _unbound_serializer(serializer_class: type[SerializerType]) -> SerializerType:
    return serializer_class()


def query_number(request: Request, name: str, *, least: int = 0, most: int = LARGEST_NUMBER) -> int | None:
    """An integer query parameter, or None if it is absent. Raises InvalidField."""
    text = request.query_params.get(name)
    if text is None:
        return None
    # Only short ASCII: int() accepts digits of other scripts, and raises an error of its own for very long ones.
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and least <= int(text) <= most):
        sentence = (
            _("%(field)s must be a whole number from %(minimum)d to %(maximum)d.")
            if most < LARGEST_NUMBER
            else _("%(field)s must be a whole number of at least %(minimum)d.")
        )
        raise InvalidField(sentence, {"field": name, "minimum": least, "maximum": most})
    return int(text)


def query_limit(request: Request) -> int:
    """The number of rows requested. Raises InvalidField."""
    return query_number(request, "limit", least=1, most=MAX_LIMIT) or DEFAULT_LIMIT


def query_position(request: Request, names: Sequence[str] = POSITIONS) -> dict[str, int | None]:
    """The one position parameter of the query; empty means the newest page.

    Raises InvalidField, or Conflict if there are several: each is valid alone, and OpenAPI can't express that only one
    of them is allowed.
    """
    positions = {name: query_number(request, name) for name in names if name in request.query_params}
    if len(positions) > 1:
        fields = {"fields": ", ".join(names[:-1]), "last": names[-1]}
        raise Conflict(_("Use only one of %(fields)s and %(last)s."), fields)
    return positions


def query_flag(request: Request, name: str) -> bool:
    """A boolean query parameter, False if it is absent. Raises InvalidField."""
    text = request.query_params.get(name, "false")
    if text not in {"true", "false"}:
        raise InvalidField(_("%(field)s must be true or false."), {"field": name})
    return text == "true"
