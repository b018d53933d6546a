"""Every error of the REST API as a problem body (RFC 9457), with the codes that the WebSocket protocol uses, too."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from chatproject.realtime.protocol import ErrorCode
from rooms.errors import RateLimited, ServiceError, Unavailable

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
# What HTTP alone can refuse; the socket has no such errors.
HTTP_CODES: dict[type[Exception], str] = {
    exceptions.PermissionDenied: "forbidden",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.ParseError: ErrorCode.INVALID_JSON,
    exceptions.NotFound: ErrorCode.NOT_FOUND,
    exceptions.Throttled: ErrorCode.RATE_LIMITED,
}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: dict[str, Any] | None = None,
    retry_after: float | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem body: `errors`, where given, names the fields that are wrong, each with sentences."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": str(code),
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    if retry_after is not None:
        body["retry_after"] = retry_after
    return Response(body, status=status, headers=headers, content_type=PROBLEM_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> Response:
    """REST framework's exception handler. An error nobody foresaw is logged and answered as a 500 without its words."""
    match error:
        case ServiceError():
            wait = _wait_of(error)
            return problem(
                error.status, error.code, error.detail, retry_after=wait, headers=_headers_of(error, context)
            )
        case exceptions.ValidationError():
            return _invalid(error)
        case exceptions.AuthenticationFailed() | exceptions.NotAuthenticated():
            return problem(
                error.status_code, ErrorCode.NOT_AUTHENTICATED, _sentence(error), headers=_headers_of(error, context)
            )
        case exceptions.APIException():
            code = HTTP_CODES.get(type(error), ErrorCode.INVALID_FIELD)
            wait = _wait_of(error)
            return problem(
                error.status_code, code, _sentence(error), retry_after=wait, headers=_headers_of(error, context)
            )
        case Http404():
            return problem(404, ErrorCode.NOT_FOUND, "Not found.")
        case PermissionDenied():
            return problem(403, "forbidden", "You don't have permission to do this.")
        case SuspiciousOperation() | BadRequest():
            return problem(400, ErrorCode.INVALID_FIELD, "The request is malformed.")
        case OperationalError() | InterfaceError():
            logger.warning("The database did not answer: %s", error)
            return problem(
                503, ErrorCode.UNAVAILABLE, "The database is not responding; try again.", headers={"Retry-After": "5"}
            )
    logger.error("The API failed on an error nobody foresaw.", exc_info=error)
    return problem(500, "internal_error", "Internal server error. Details are in the server's log.")


def _headers_of(error: Exception, context: dict[str, Any]) -> dict[str, str]:
    """What the refusal tells a client to do: sign in, or wait for so many seconds."""
    headers = {}
    if getattr(error, "status", None) == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := _wait_of(error):
        headers["Retry-After"] = str(math.ceil(wait))
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = "5"
    if isinstance(error, exceptions.MethodNotAllowed) and (view := context.get("view")):
        headers["Allow"] = ", ".join(view.allowed_methods)
    return headers


def _wait_of(error: Exception) -> float | None:
    """How many seconds a client should wait, where that is known."""
    if isinstance(error, RateLimited):
        return round(error.retry_after + 0.0005, 3)
    if isinstance(error, Unavailable):
        return error.retry_after
    wait: float | None = getattr(error, "wait", None)  # of a Throttled
    return wait


def _sentence(error: exceptions.APIException) -> str:
    detail: Any = error.detail
    if isinstance(detail, dict):
        # The library's own sentence about a token fits every fault; what it adds says which one it was.
        detail = detail["messages"][0]["message"] if "messages" in detail else detail.get("detail", "")
    return f"{str(detail).rstrip('.')}."


def _invalid(error: exceptions.ValidationError) -> Response:
    """Fields that are missing, or that hold what they may not; the first is the one `detail` speaks of."""
    fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
    errors = {str(name): _sentences(found) for name, found in fields.items()}
    name, found = next(iter(fields.items()))
    missing = all(detail.code == "required" for detail in _flat(found))
    if missing:
        detail = f"{name} is missing."
    elif name == "non_field_errors":
        detail = f"{errors[name][0].rstrip('.')}."
    else:
        detail = f"{name}: {errors[name][0]}"
    return problem(400, ErrorCode.MISSING_FIELD if missing else ErrorCode.INVALID_FIELD, detail, errors=errors)


def _flat(found: Any) -> list[exceptions.ErrorDetail]:
    """The error details in a field's list or, for a structured field, in its dictionary."""
    if isinstance(found, dict):
        return [detail for part in found.values() for detail in _flat(part)]
    if isinstance(found, list):
        return [detail for part in found for detail in _flat(part)]
    return [found]


def _sentences(found: Any) -> list[str]:
    return [str(detail) for detail in _flat(found)]
