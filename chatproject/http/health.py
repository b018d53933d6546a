"""The probes for load balancers and people on call: whether the process lives, and whether it could serve."""

import asyncio
import logging
from collections.abc import Awaitable
from http import HTTPStatus

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from chatproject.realtime.database import in_database

ANSWER_WITHIN = 2  # seconds that the database and the channel layer have each
logger = logging.getLogger(__name__)


def ping(request: HttpRequest) -> HttpResponse:
    """`PONG!`, without touching anything."""
    return HttpResponse("PONG!", content_type="text/plain")


def health(request: HttpRequest) -> JsonResponse:
    """Whether the process lives: 200 whenever it can answer at all."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Whether database and channel layer answer: 200 when both do, else 503; the body names each."""
    checks = async_to_sync(_check)()
    well = all(checks.values())
    body = {"status": "ok" if well else "unavailable"} | {n: "ok" if up else "unavailable" for n, up in checks.items()}
    return JsonResponse(body, status=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)


async def _check() -> dict[str, bool]:
    # In a thread each, so that one that hangs is given up.
    database, channel_layer = in_database(_ask_database), _ask_channel_layer()
    return {"database": await _answers(database), "channel_layer": await _answers(channel_layer)}


async def _answers(question: Awaitable[None]) -> bool:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await question
    except Exception as error:  # whatever went wrong, the answer is no
        logger.warning("not ready: %s", error or type(error).__name__)
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _ask_channel_layer() -> None:
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS names no default layer"
    await layer.send("parlor.ready", {"type": "ready"})  # nobody listens: that Redis takes it is the answer
