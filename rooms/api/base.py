"""What every view of the API has in common: how bodies are read, and who is asking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

import orjson
from django.conf import settings
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import BasePagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from rooms.api.rate_limits import RateLimitedView
from rooms.api.schema import DEFAULT_LIMIT, LARGEST_NUMBER, MAX_LIMIT, PATH_FORMS, ApiSchema, Form
from rooms.errors import Conflict, InvalidField, TooLarge
from rooms.models import User

POSITIONS = ("after", "before", "since")

SerializerType = TypeVar("SerializerType", bound=serializers.Serializer[Any])


def bounded_read(stream: Any) -> bytes:
    """A request's body. Raises TooLarge beyond what the socket would take in one frame."""
    body: bytes = stream.read(settings.MAX_FRAME_BYTES + 1)
    if len(body) > settings.MAX_FRAME_BYTES:
        raise TooLarge(f"The request is larger than {settings.MAX_FRAME_BYTES} bytes.")
    return body


class JSONParser(BaseParser):
    """JSON by orjson, which refuses NaN, lone surrogates and bottomless nesting where the usual parser fails later."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value in the body. Raises ParseError, TooLarge."""
        try:
            return orjson.loads(bounded_read(stream))
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}.") from error


class FormParser(BaseParser):
    """A form, always UTF-8, for the OAuth2 password grant."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> QueryDict:
        """The fields. Raises TooLarge."""
        return QueryDict(bounded_read(stream), encoding="utf-8")


class ApiView(RateLimitedView, GenericAPIView[Any]):
    """A view of the API. It has no OPTIONS: that would tell which rooms exist."""

    schema = ApiSchema()
    path_forms: ClassVar[dict[str, Form]] = PATH_FORMS
    parser_classes = [JSONParser]
    metadata_class = None
    pagination_class: type[BasePagination] | None = None
    filter_backends = []

    @property
    def person(self) -> User:
        """Who is asking; the permission class has seen to it that somebody is."""
        user = self.request.user
        assert isinstance(user, User)
        return user


def parsed(serializer_class: type[SerializerType], request: Request) -> dict[str, Any]:
    """The body's known fields, of the right types. Raises ValidationError."""
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


def query_number(request: Request, name: str, *, least: int = 0, most: int = LARGEST_NUMBER) -> int | None:
    """A whole number of the query, None when absent. Raises InvalidField."""
    text = request.query_params.get(name)
    if text is None:
        return None
    # ASCII and short: int() takes other scripts' digits, and refuses very long ones with an error of its own.
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and least <= int(text) <= most):
        bounds = f"from {least} to {most}" if most < LARGEST_NUMBER else f"of at least {least}"
        raise InvalidField(f"{name} must be a whole number {bounds}.")
    return int(text)


def query_limit(request: Request) -> int:
    """How many rows the caller wants. Raises InvalidField."""
    return query_number(request, "limit", least=1, most=MAX_LIMIT) or DEFAULT_LIMIT


def query_position(request: Request, words: Sequence[str] = POSITIONS) -> dict[str, int | None]:
    """The one of these words of the query that asks for a page; none: the newest.

    Raises InvalidField, or Conflict for two of them: each may be given, which a schema can't say of them together.
    """
    positions = {word: query_number(request, word) for word in words if word in request.query_params}
    if len(positions) > 1:
        raise Conflict(f"Use only one of {', '.join(words[:-1])} and {words[-1]}.")
    return positions


def query_flag(request: Request, name: str) -> bool:
    """A yes/no of the query, no when absent. Raises InvalidField."""
    text = request.query_params.get(name, "false")
    if text not in {"true", "false"}:
        raise InvalidField(f"{name} must be true or false.")
    return text == "true"
