"""Where a write comes from: what the audit log records about the present request or frame."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chatproject.realtime.addresses import plain_address


class Via(StrEnum):
    """The way by which somebody writes. The values are stored."""

    PAGE = "page"
    API = "api"
    SOCKET = "socket"
    ADMIN = "admin"
    COMMAND = "command"
    TASK = "task"  # of a server, at an interval


@dataclass(frozen=True, slots=True)
class Origin:
    """The way, the client's address, or "" if it is unknown, and a function that returns who it is.

    That is a function because a request begins before it is known whose it is.
    """

    via: Via
    address: str = ""
    who: Callable[[], Any] = lambda: None


COMMAND = Origin(Via.COMMAND)
origin: ContextVar[Origin] = ContextVar("origin", default=COMMAND)  # nothing sets it in a management command

PREFIXES = {"/api/": Via.API, "/admin/": Via.ADMIN}


def origin_of_request(request: Any) -> Origin:
    """Return the origin of an HTTP request."""
    via = next((via for prefix, via in PREFIXES.items() if request.path_info.startswith(prefix)), Via.PAGE)
    return Origin(via, plain_address(request.META.get("REMOTE_ADDR", "")), lambda: getattr(request, "user", None))
