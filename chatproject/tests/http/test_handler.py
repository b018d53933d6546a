"""HTTP requests in a bounded pool of threads, and clients that try to occupy them."""

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse
from pytest_django import Settings

from chatproject.http import handler, middleware
from chatproject.http.handler import AT_ONCE, ThreadedHandler, let_others_run

pytestmark = pytest.mark.any_database
MOST = AT_ONCE[connection.vendor]


@pytest.fixture
def application(settings: Settings) -> ThreadedHandler:
    settings.HTTP_THREADS = 1
    settings.ALLOWED_HOSTS = ["testserver"]
    return ThreadedHandler()


def request_to(application: Any, path: str, method: str = "GET", **headers: str) -> Any:
    given = {"host": "testserver", **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 4711),
        "server": ("testserver", 80),
    }
    return ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]


async def answer_of(sent: Any) -> tuple[int, dict[bytes, bytes], bytes]:
    start = await sent.receive_output(5)
    body, more = b"", True
    while more:
        part = await sent.receive_output(5)
        body, more = body + part.get("body", b""), part.get("more_body", False)
    await sent.wait(5)
    return start["status"], dict(start["headers"]), body


async def test_a_request_is_answered(application: ThreadedHandler) -> None:
    sent = request_to(application, "/ping")
    await sent.send_input({"type": "http.request"})
    status, headers, body = await answer_of(sent)
    assert (status, body, headers[b"Content-Type"]) == (200, b"PONG!", b"text/plain")
    assert headers[b"X-Request-ID"]


@pytest.mark.django_db(transaction=True)
async def test_a_page_is_compressed(application: ThreadedHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "MIN_COMPRESSED_BYTES", 100)
    sent = request_to(application, "/no/such/page", accept_encoding="gzip")
    await sent.send_input({"type": "http.request"})
    status, _, body = await answer_of(sent)
    assert status == 404
    assert b"<title>" in gzip.decompress(body)


async def test_a_slow_body_occupies_no_thread(application: ThreadedHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "PROBES", frozenset())
    slow, quick = request_to(application, "/ping", "POST"), request_to(application, "/ping")
    await slow.send_input({"type": "http.request", "body": b"a", "more_body": True})
    await quick.send_input({"type": "http.request"})
    assert (await answer_of(quick))[0] == 200
    await slow.send_input({"type": "http.disconnect"})
    await slow.wait(5)
    assert await slow.receive_nothing()


async def test_a_body_in_parts_arrives_whole(application: ThreadedHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "get_response", lambda request: HttpResponse(request.read()))
    sent = request_to(application, "/ping", "POST")
    for part in (b"one, ", b"two, "):
        await sent.send_input({"type": "http.request", "body": part, "more_body": True})
    await sent.send_input({"type": "http.request", "body": b"three"})
    assert (await answer_of(sent))[2] == b"one, two, three"


async def test_a_streamed_response_is_sent_in_parts_and_then_closed(
    application: ThreadedHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Streamed(FileResponse):
        def close(self) -> None:
            super().close()
            loop.call_soon_threadsafe(closed.set)

    def stream(request: HttpRequest) -> Streamed:
        return Streamed(part for part in (b"one, ", b"two"))

    monkeypatch.setattr(application, "get_response", stream)
    sent = request_to(application, "/file")
    await sent.send_input({"type": "http.request"})
    assert (await answer_of(sent))[2] == b"one, two"
    assert closed.is_set()


@pytest.mark.django_db(transaction=True)
async def test_probes_answer_while_every_thread_is_busy(
    application: ThreadedHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed = asyncio.Event()
    loop = asyncio.get_running_loop()
    original = application.get_response

    def waiting(request: HttpRequest) -> Any:
        if request.path == "/slow":
            asyncio.run_coroutine_threadsafe(resumed.wait(), loop).result(10)
        return original(request)

    monkeypatch.setattr(application, "get_response", waiting)
    slow, probe = request_to(application, "/slow"), request_to(application, "/health")
    await slow.send_input({"type": "http.request"})
    await probe.send_input({"type": "http.request"})
    assert (await answer_of(probe))[0] == 200
    resumed.set()
    assert (await answer_of(slow))[0] == 404


async def started_requests(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, count: int, *, first: Callable[[], None] = lambda: None
) -> tuple[list[str], Any, Any]:
    """Send requests that call `first` and run until the event is set.

    Returns the paths of those begun, the event and the requests.
    """
    settings.HTTP_THREADS = count
    application = ThreadedHandler()
    begun: list[str] = []
    going_on, loop = asyncio.Event(), asyncio.get_running_loop()

    def wait(request: HttpRequest) -> HttpResponse:
        begun.append(request.path)
        first()
        asyncio.run_coroutine_threadsafe(going_on.wait(), loop).result(10)
        return HttpResponse()

    monkeypatch.setattr(application, "get_response", wait)
    sent = [request_to(application, f"/{number}") for number in range(count)]
    for each in sent:
        await each.send_input({"type": "http.request"})
    return begun, going_on, sent


async def test_only_so_many_requests_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(handler, "SLOW_SECONDS", 60)
    begun, going_on, sent = await started_requests(monkeypatch, settings, MOST + 1)
    await asyncio.sleep(0.2)
    assert len(begun) == MOST
    going_on.set()
    async with asyncio.timeout(5):
        while len(begun) < MOST + 1:
            await asyncio.sleep(0.01)
    assert [(await answer_of(each))[0] for each in sent] == [200] * len(sent)


async def test_requests_that_wait_let_others_run(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(handler, "SLOW_SECONDS", 60)
    begun, going_on, sent = await started_requests(monkeypatch, settings, MOST + 1, first=let_others_run)
    async with asyncio.timeout(5):
        while len(begun) < MOST + 1:
            await asyncio.sleep(0.01)
    going_on.set()
    assert [(await answer_of(each))[0] for each in sent] == [200] * len(sent)


async def test_slow_requests_do_not_hold_up_others(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    begun, going_on, sent = await started_requests(monkeypatch, settings, MOST + 1)
    async with asyncio.timeout(5):
        while len(begun) < MOST + 1:
            await asyncio.sleep(0.01)
    going_on.set()
    assert [(await answer_of(each))[0] for each in sent] == [200] * len(sent)
