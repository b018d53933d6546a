"""Turns every error of the REST API into a problem body (RFC 9457), with the same codes as the WebSocket protocol."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from chatproject.realtime.protocol import ErrorCode
from rooms.errors import RateLimited, ServiceError, SlowMode, Unavailable

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
# Errors that exist over HTTP only.
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
    more: dict[str, Any] | None = None,
) -> Response:
    """A response with a problem body. `errors` maps invalid fields to lists of sentences; `more` are further fields."""
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
    body |= more or {}
    return Response(body, status=status, headers=headers, content_type=PROBLEM_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> Response:
    """REST framework's exception handler. An unexpected error is logged and answered with 500, without its message."""
    match error:
        case ServiceError():
            wait = _wait_of(error)
            headers = _headers_of(error, context)
            return problem(error.status, error.code, error.detail, retry_after=wait, headers=headers, more=error.more)
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
            return problem(404, ErrorCode.NOT_FOUND, _("Not found."))
        case PermissionDenied():
            return problem(403, "forbidden", _("You don't have permission to do this."))
        case SuspiciousOperation() | BadRequest():
            return problem(400, ErrorCode.INVALID_FIELD, _("The request is malformed."))
        case OperationalError() | InterfaceError():
            logger.warning("The database did not answer: %s", error)
            return problem(
                503,
                ErrorCode.UNAVAILABLE,
                _("The database is not responding; try again."),
                headers={"Retry-After": "5"},
            )
    logger.error("Unexpected error in the API.", exc_info=error)
    return problem(500, "internal_error", _("Internal server error. Details are in the server's log."))


def _headers_of(error: Exception, context: dict[str, Any]) -> dict[str, str]:
    """The headers that tell a client to sign in or to wait."""
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
    """The number of seconds a client should wait, if known."""
    if isinstance(error, RateLimited | SlowMode):
        return round(error.retry_after + 0.0005, 3)
    if isinstance(error, Unavailable):
        return error.retry_after
    wait: float | None = getattr(error, "wait", None)  # of a Throttled
    return wait


def _sentence(error: exceptions.APIException) -> str:
    detail: Any = error.detail
    if isinstance(detail, dict):
        # The JWT library's main sentence is the same for every fault; the nested message names the fault.
        detail = detail["messages"][0]["message"] if "messages" in detail else detail.get("detail", "")
    return f"{str(detail).rstrip('.')}."


def _invalid(error: exceptions.ValidationError) -> Response:
    """The response for missing or invalid fields; `detail` is about the first one."""
    fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
    errors = {str(name): _sentences(found) for name, found in fields.items()}
    name, found = next(iter(fields.items()))
    missing = all(detail.code == "required" for detail in _flat(found))
    if missing:
        detail = _("%(field)s is missing.") % {"field": name}
    elif name == "non_field_errors":
        detail = f"{errors[name][0].rstrip('.')}."
    else:
        detail = f"{name}: {errors[name][0]}"
    return problem(400, ErrorCode.MISSING_FIELD if missing else ErrorCode.INVALID_FIELD, detail, errors=errors)


def _flat(found: Any) -> list[exceptions.ErrorDetail]:
    """All error details of a field, whose errors are a list or, for a nested field, a dictionary."""
    if isinstance(found, dict):
        return [detail for part in found.values() for detail in _flat(part)]
    if isinstance(found, list):
        return [detail for part in found for detail in _flat(part)]
    return [found]


def _sentences(found: Any) -> list[str]:
    return [str(detail) for detail in _flat(found)]
