"""Django's HTTP handler, which runs each request in one of a few threads that keep their database connections.

Django's own ASGI handler gives every request its own thread, switches to it and back for each synchronous step, and
opens a database connection per request. Views and middleware here are synchronous, so one switch is enough. The event
loop receives bodies and sends responses, so a slow client occupies no thread.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from contextvars import Context, ContextVar
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

Answer = tuple[HttpResponseBase, dict[str, Any], bytes | Iterator[bytes]]  # response, first ASGI message, content
END: Any = object()
# How many requests run at the same time. With more, each waits longer for Python's global lock, and so does live
# delivery: docs/performance.md has the figures. A request to PostgreSQL waits for it about half of the time.
AT_ONCE = {"sqlite": 1, "postgresql": 3}
SLOW_SECONDS = 0.05
CHUNK = 2**16  # bytes of a file per message
# These have threads of their own, so that they answer even when every other thread waits for a hanging database.
PROBES = frozenset({"/ping", "/health", "/ready", "/metrics"})
# Requests with files may wait long for a picture's worker, the virus scanner or the storage.
FILE_PATHS = ("/api/uploads/", "/api/me/avatar/")
FILE_SHARE = 0.5  # of the threads, at most, for requests with files: the others stay free for everything else


# The event loop of the server, in a thread that answers a request; None elsewhere, as in commands and tests.
server_loop: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("server_loop", default=None)
_release_slot: ContextVar[Callable[[], None] | None] = ContextVar("release_slot", default=None)


def let_others_run() -> None:
    """Let another request run: the one of this thread is about to wait for something other than its own database."""
    loop, release = server_loop.get(), _release_slot.get()
    if loop is not None and release is not None:
        loop.call_soon_threadsafe(release)


class ThreadedHandler(ASGIHandler):
    """The ASGI application for HTTP."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(settings.HTTP_THREADS, thread_name_prefix="http")
        self._probe_threads = ThreadPoolExecutor(2, thread_name_prefix="probe")
        self._slots = asyncio.Semaphore(AT_ONCE[connection.vendor])
        self._file_threads = asyncio.Semaphore(max(1, int(settings.HTTP_THREADS * FILE_SHARE)))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        body = await receive_body(receive)
        if body is None:
            return
        threads = self._probe_threads if scope["path"] in PROBES else self._threads
        loop = asyncio.get_running_loop()
        run = partial(loop.run_in_executor, threads)
        try:
            if scope["path"] == "/ping" and scope["method"] == "GET":  # waits for nothing, and a thread costs more
                answer = self._respond(loop, scope, body)
            else:
                async with (
                    self._file_threads if brings_file(scope) else nullcontext(),
                    self._slot(loop) if threads is self._threads else nullcontext() as release,
                ):
                    answer = await run(self._respond, loop, scope, body, release)
            response, start, content = answer
            await send(start)
            if isinstance(content, bytes):
                await send({"type": "http.response.body", "body": content})
                return
            try:
                while (part := await run(next, content, END)) is not END:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body"})
            finally:
                await run(response.close)
        finally:
            body.close()

    @asynccontextmanager
    async def _slot(self, loop: asyncio.AbstractEventLoop) -> AsyncIterator[Callable[[], None]]:
        """Hold one of the slots. A slow request, which mostly waits for something, gives its slot back early.

        So does one that calls the function.
        """
        await self._slots.acquire()
        held = True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self._slots.release()

        timer = loop.call_later(SLOW_SECONDS, release)
        try:
            yield release
        finally:
            timer.cancel()
            release()

    def _respond(
        self,
        loop: asyncio.AbstractEventLoop,
        scope: Any,
        body: IO[bytes],
        release: Callable[[], None] | None = None,
    ) -> Answer:
        """Run the middleware and the view. A response that is not streamed is closed, which ends the request."""
        return Context().run(self._answer, loop, scope, body, release)

    def _answer(
        self, loop: asyncio.AbstractEventLoop, scope: Any, body: IO[bytes], release: Callable[[], None] | None
    ) -> Answer:
        server_loop.set(loop)
        _release_slot.set(release)
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=type(self), scope=scope)
        request, error = self.create_request(scope, body)
        response: Any = self.get_response(request) if request is not None else error
        response._handler_class = type(self)
        if response.streaming:
            if hasattr(response, "block_size"):
                response.block_size = CHUNK
            return response, response_start(response), iter(response)
        content = response.content
        response.close()
        return response, response_start(response), content


def brings_file(scope: Any) -> bool:
    """Return whether the body of a request is a file, a part of one, or a form with one."""
    return (scope["path"].startswith(FILE_PATHS) and scope["method"] in {"PATCH", "PUT"}) or any(
        name == b"content-type" and value.lower().startswith(b"multipart/form-data") for name, value in scope["headers"]
    )


async def receive_body(receive: Any) -> IO[bytes] | None:
    """Return a request's body, or None if the client is gone. A large body is written to a file."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    if not message.get("more_body", False):
        return io.BytesIO(message.get("body", b""))
    body: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115
    while True:
        body.write(message.get("body", b""))
        if not message.get("more_body", False):
            body.seek(0)
            return body
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            return None


def response_start(response: HttpResponseBase) -> dict[str, Any]:
    """Return the ASGI message that starts a response."""
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"Set-Cookie", each.output(header="").encode("ascii").strip()) for each in response.cookies.values()]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}
