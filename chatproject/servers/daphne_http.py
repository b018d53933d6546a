"""Daphne's side of HTTP, with bounds.

Stock daphne stores bodies of any length before anybody could refuse them, waits for ever for one that drips, and takes
connections of any number.
"""

import time
from tempfile import SpooledTemporaryFile
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.web.http import HTTPChannel

from chatproject.servers.early_responses import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    HEAD_TOO_LARGE,
    TOO_SLOW,
    log_refusal,
    most_body_bytes,
    refusal,
    refusal_body,
)
from chatproject.servers.tcp_connections import MAX_HEAD_BYTES, Phase, Visit, Visits

UntypedChannel: Any = HTTPChannel  # its few annotations contradict what it does
BODY_IN_MEMORY = 100_000  # bytes; what is larger, a picture, waits in a file


class ChatRequest(WebRequest):  # type: ignore[misc]
    """A request whose body is counted while it comes."""

    body_bytes = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._parsePOSTFormSubmission = False  # Django does, and has its limits

    def gotLength(self, length: int | None) -> None:
        """Called before the body comes; None: in chunks."""
        self.content = SpooledTemporaryFile(BODY_IN_MEMORY)  # noqa: SIM115  # twisted closes it

    def handleContentChunk(self, data: bytes) -> None:
        """Called with each piece of the body."""
        self.body_bytes += len(data)
        if self.body_bytes > self.channel.most_body_bytes:
            self.channel.refuse(BODY_TOO_LARGE)
        elif not self.channel.refused:
            self.content.write(data)

    def process(self) -> Any:
        """Called when all of it is there."""
        # With it daphne lets anybody say under which path the application lives: links in mails would begin with that.
        self.requestHeaders.removeHeader(b"daphne-root-path")
        return super().process()

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Called by daphne for what it can't make out, or make the application do."""
        log_refusal(status, self.method, self.uri)
        kind, page = refusal_body(status, self.uri)
        headers = [(b"Content-Type", kind), (b"Content-Length", b"%d" % len(page)), (b"Connection", b"close")]
        self.channel.persistent = False
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": page})


class ChatChannel(UntypedChannel):  # type: ignore[misc]
    """An HTTP connection with bounds: of what a request may hold, and of how long it may take."""

    totalHeadersSize = MAX_HEAD_BYTES
    visits: Visits
    visit: Visit
    refused = False  # what still comes is thrown away
    most_body_bytes = 0

    def makeConnection(self, transport: Any) -> None:
        """Called when a connection is accepted."""
        transport.channel = self  # a WebSocket protocol takes only the transport over
        super().makeConnection(transport)

    def connectionLost(self, reason: Any) -> None:
        """Called when it has ended."""
        self.visits.leave(self.visit)
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        """Called with what the client sent."""
        if self.refused:
            return
        self.visit.hear(time.monotonic(), len(data))
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Called with each line up to the body."""
        if not self.refused:
            super().lineReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        """Called with what is of a body, or of later requests."""
        if not self.refused:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        """Called when the body comes next, if there is one."""
        self.visit.enter(Phase.BODY, time.monotonic())
        self.most_body_bytes = most_body_bytes(self._path)
        if self.length is not None and self.length > self.most_body_bytes:
            self.refuse(BODY_TOO_LARGE)
        else:
            super().allHeadersReceived()

    def allContentReceived(self) -> None:
        """Called when a request is whole."""
        if not self.refused:
            self.visit.enter(Phase.ANSWER, time.monotonic())
            super().allContentReceived()

    def requestDone(self, request: Any) -> None:
        """Called when it is answered."""
        self.visit.enter(Phase.IDLE, time.monotonic())
        super().requestDone(request)

    def _respondToBadRequestAndDisconnect(self) -> None:
        too_long = self._receivedHeaderSize > self.totalHeadersSize or self._receivedHeaderCount > self.maxHeaders
        self.refuse(HEAD_TOO_LARGE if too_long else BAD_REQUEST)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Called for a line that is too long to go on."""
        self.refuse(HEAD_TOO_LARGE)

    def unsent(self) -> int:
        """How many bytes wait to be taken by the client."""
        transport: Any = self.transport
        return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)

    def end(self) -> None:
        """Close the connection, whatever has not been sent."""
        if self.unsent():
            self.transport.abortConnection()
        else:
            self.loseConnection()

    def refuse(self, status: int) -> None:
        """Answer a request in the application's place, and hear the client no more."""
        if self.refused:
            return
        self.refused = True
        if self._handlingRequest:
            self.persistent = False  # an earlier request has its answer yet, and with it the connection ends
            return
        head_is_known = self.visit.phase == Phase.BODY
        method, target = (self._command, self._path) if head_is_known else (b"", b"")
        log_refusal(status, method, target)
        self.transport.write(refusal(status, target))
        if status == TOO_SLOW:  # it is not sending: what it is told, it can read
            self.loseConnection()
            return
        self.transport.loseWriteConnection()
        self._networkProducer.resumeProducing()
        self.visit.enter(Phase.LINGER, time.monotonic())


class ChatHttpFactory(HTTPFactory):  # type: ignore[misc]
    """Makes our connections, as many as there may be. It knows no HTTP/2, which browsers speak with TLS only."""

    def buildProtocol(self, addr: Any) -> ChatChannel | None:
        """Called when somebody connects; None closes the connection."""
        visit = self.server.visits.admit(getattr(addr, "host", ""))
        if visit is None:
            return None
        channel = ChatChannel()
        channel.factory, channel.requestFactory = self, ChatRequest
        channel.callLater, channel.timeOut = self.reactor.callLater, None  # ours are those of the visit
        channel.visits, channel.visit, visit.client = self.server.visits, visit, channel
        return channel
