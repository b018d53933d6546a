"""Probes for load balancers and monitoring: whether the process is alive, and whether it is ready to serve."""

import asyncio
import logging
from collections.abc import Awaitable
from http import HTTPStatus

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from chatproject.realtime.database import in_database

TIMEOUT_SECONDS = 2  # for each check
logger = logging.getLogger(__name__)


def ping(request: HttpRequest) -> HttpResponse:
    """Return `PONG!` without using the database or Redis."""
    return HttpResponse("PONG!", content_type="text/plain")


def health(request: HttpRequest) -> JsonResponse:
    """Return 200 if the process can answer at all."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Return 200 if the database and the channel layer both answer, else 503. The body has the status of each."""
    checks = async_to_sync(_run_checks)()
    is_ready = all(checks.values())
    body = {name: "ok" if ok else "unavailable" for name, ok in checks.items()}
    body = {"status": "ok" if is_ready else "unavailable"} | body
    return JsonResponse(body, status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


async def _run_checks() -> dict[str, bool]:
    # Each in its own thread, so that one that hangs times out.
    database, channel_layer = in_database(_check_database), _check_channel_layer()
    return {"database": await _succeeds(database), "channel_layer": await _succeeds(channel_layer)}


async def _succeeds(check: Awaitable[None]) -> bool:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await check
    except Exception as error:  # whatever the error, the check has failed
        logger.warning("not ready: %s", error or type(error).__name__)
        return False
    return True


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _check_channel_layer() -> None:
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS names no default layer"
    await layer.send("parlor.ready", {"type": "ready"})  # nobody receives it; it is enough that Redis accepts it
