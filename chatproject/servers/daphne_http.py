"""Daphne's HTTP protocol with limits.

Stock daphne stores bodies of any length before the application can reject them, waits forever for a slow body, buffers
a response without limit for a slow reader, and accepts any number of connections.
"""

import asyncio
import time
from tempfile import SpooledTemporaryFile
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.web.http import HTTPChannel

from chatproject.servers.error_responses import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    HEAD_TOO_LARGE,
    TOO_SLOW,
    error_body,
    error_response,
    log_error_response,
    max_body_bytes,
)
from chatproject.servers.tcp_connections import MAX_HEAD_BYTES, ConnectionTracker, Phase, TrackedConnection

UntypedChannel: Any = HTTPChannel  # its few annotations are wrong
BODY_IN_MEMORY = 100_000  # bytes; a larger body, such as a picture, is stored in a file


class ChatRequest(WebRequest):  # type: ignore[misc]
    """A request whose body is measured as it arrives."""

    body_bytes = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._parsePOSTFormSubmission = False  # Django does it, with its own limits

    def gotLength(self, length: int | None) -> None:
        """Called before the body arrives. `length` is None for a chunked body."""
        self.content = SpooledTemporaryFile(BODY_IN_MEMORY)  # noqa: SIM115  # twisted closes it

    def handleContentChunk(self, data: bytes) -> None:
        """Called with each chunk of the body."""
        self.body_bytes += len(data)
        if self.body_bytes > self.channel.max_body_bytes:
            self.channel.reject(BODY_TOO_LARGE)
        elif not self.channel.rejected:
            self.content.write(data)

    def process(self) -> Any:
        """Called when the body is complete."""
        # With this header, daphne lets any client set the application's root path, which links in mails would begin
        # with.
        self.requestHeaders.removeHeader(b"daphne-root-path")
        return super().process()

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Called by daphne for requests that it can't parse or pass to the application."""
        log_error_response(status, self.method, self.uri)
        kind, page = error_body(status, self.uri)
        headers = [(b"Content-Type", kind), (b"Content-Length", b"%d" % len(page)), (b"Connection", b"close")]
        self.channel.persistent = False
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": page})


class ChatChannel(UntypedChannel):  # type: ignore[misc]
    """An HTTP connection with limits on the size and the duration of requests."""

    totalHeadersSize = MAX_HEAD_BYTES
    tracker: ConnectionTracker
    tracked: TrackedConnection
    rejected = False  # further input is discarded
    max_body_bytes = 0

    def makeConnection(self, transport: Any) -> None:
        """Called when a connection is accepted."""
        self.writable = asyncio.Event()
        self.writable.set()
        transport.channel = self  # a WebSocket protocol only takes over the transport
        super().makeConnection(transport)

    def connectionLost(self, reason: Any) -> None:
        """Called when the connection has ended."""
        self.writable.set()
        self.tracker.remove(self.tracked)
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        """Called by the transport when its buffer of 64 KiB is full."""
        self.writable.clear()
        super().pauseProducing()

    def resumeProducing(self) -> None:
        """Called by the transport when everything has been sent."""
        self.writable.set()
        self.tracked.record_drained(time.monotonic())
        super().resumeProducing()

    def dataReceived(self, data: bytes) -> None:
        """Called with data from the client."""
        if self.rejected:
            return
        self.tracked.record_read(time.monotonic(), len(data))
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Called with each line before the body."""
        if not self.rejected:
            super().lineReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        """Called with data of a body or of later requests."""
        if not self.rejected:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        """Called after the headers, before any body."""
        self.tracked.enter_phase(Phase.BODY, time.monotonic())
        self.max_body_bytes = max_body_bytes(self._path)
        if self.length is not None and self.length > self.max_body_bytes:
            self.reject(BODY_TOO_LARGE)
        else:
            super().allHeadersReceived()

    def allContentReceived(self) -> None:
        """Called when a request is complete."""
        if not self.rejected:
            self.tracked.enter_phase(Phase.ANSWER, time.monotonic())
            super().allContentReceived()

    def requestDone(self, request: Any) -> None:
        """Called when a request has been answered."""
        self.tracked.enter_phase(Phase.IDLE, time.monotonic())
        super().requestDone(request)

    def _respondToBadRequestAndDisconnect(self) -> None:
        too_long = self._receivedHeaderSize > self.totalHeadersSize or self._receivedHeaderCount > self.maxHeaders
        self.reject(HEAD_TOO_LARGE if too_long else BAD_REQUEST)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Called for a line that is too long."""
        self.reject(HEAD_TOO_LARGE)

    def unsent_bytes(self) -> int:
        """Return how many bytes wait to be read by the client."""
        transport: Any = self.transport
        return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)

    def disconnect(self) -> None:
        """Close the connection, even if data is unsent."""
        if self.unsent_bytes():
            self.transport.abortConnection()
        else:
            self.loseConnection()

    def reject(self, status: int) -> None:
        """Send an error response in place of the application, and stop reading from the client."""
        if self.rejected:
            return
        self.rejected = True
        if self._handlingRequest:
            self.persistent = False  # an earlier request is still being answered; the connection ends after that
            return
        head_is_known = self.tracked.phase == Phase.BODY
        method, target = (self._command, self._path) if head_is_known else (b"", b"")
        log_error_response(status, method, target)
        self.transport.write(error_response(status, target))
        if status == TOO_SLOW:  # it is not sending anything, so it can read the answer
            self.loseConnection()
            return
        self.transport.loseWriteConnection()
        self._networkProducer.resumeProducing()
        self.tracked.enter_phase(Phase.LINGER, time.monotonic())


class ChatHttpFactory(HTTPFactory):  # type: ignore[misc]
    """Creates connections up to the limit. It has no HTTP/2, which browsers only use with TLS."""

    def buildProtocol(self, addr: Any) -> ChatChannel | None:
        """Called when a client connects. Returning None closes the connection."""
        tracked = self.server.tracker.add(getattr(addr, "host", ""))
        if tracked is None:
            return None
        channel = ChatChannel()
        channel.factory, channel.requestFactory = self, ChatRequest
        channel.callLater, channel.timeOut = self.reactor.callLater, None  # the tracked connection has its own timeouts
        channel.tracker, channel.tracked, tracked.client = (
            self.server.tracker,
            tracked,
            channel,
        )
        return channel
