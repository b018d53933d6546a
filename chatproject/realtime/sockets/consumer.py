"""The base WebSocket consumer: identity, frame handling and error responses."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

import orjson
from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from chatproject.logs import connection_id, log_socket_closed, log_socket_opened
from chatproject.origin import Origin, Via, origin
from chatproject.realtime import metrics
from chatproject.realtime.addresses import client_address
from chatproject.realtime.delivery.connection import Connection
from chatproject.realtime.delivery.frames import WRITER
from chatproject.realtime.delivery.hub import get_hub
from chatproject.realtime.delivery.source import GUEST
from chatproject.realtime.presence.registry import TooManyConnections
from chatproject.realtime.presence.registry_rows import Person
from chatproject.realtime.protocol import CloseCode, ErrorCode, FrameType
from chatproject.realtime.rate_limits.token_bucket import TokenBucket, ViolationCounter
from chatproject.realtime.sockets.handshake import accepted_language, cookie, host_allowed, origin_allowed
from chatproject.realtime.sockets.socket import Frame, Identity, Socket
from chatproject.realtime.sockets.supervisor import get_supervisor
from chatproject.sentences import Sentence, SentenceError
from chatproject.tracing import traced

logger = logging.getLogger(__name__)
Handler = Callable[["Consumer", Frame], Awaitable[None]]


class ProtocolError(SentenceError):
    """Raised for a frame that is invalid or arrived too early. `retry_after` is in seconds."""

    def __init__(
        self,
        status: int,
        code: ErrorCode,
        sentence: Sentence,
        params: Mapping[str, Any] | None = None,
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence, params)
        self.status, self.code, self.retry_after = status, code, retry_after


def _span_of_action(consumer: Consumer, frame: Frame) -> tuple[str, dict[str, str | int]]:
    """Describe an action for traces, by a name that the client can't choose."""
    action = frame.get("action")
    name = action if isinstance(action, str) and action in consumer.actions else "unknown"
    return f"action {name}", {"parlor.action": name, "parlor.connection_id": consumer.connection_id}


class Consumer(Socket, AsyncConsumer):  # type: ignore[misc]  # Channels has no types
    """One socket: a table of actions over services.

    Overrides Channels' dispatch loop, which gives each consumer a channel, a receive task and a thread hop per event.
    The hub makes these unnecessary.
    """

    actions: ClassVar[dict[str, Handler]] = {}
    handled_errors: ClassVar[tuple[type[Exception], ...]] = (ProtocolError,)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket until it closes."""
        self.scope = scope
        hub = get_hub()
        self.connection_id = uuid.uuid4().hex
        connection_id.set(self.connection_id)  # for the log
        origin.set(Origin(Via.SOCKET, client_address(scope)))
        self.identity: Identity | None = None
        self.close_code: int | None = None  # sent by the client
        self.connection = Connection(send, hub, scope.get(WRITER))
        self.frame_bucket = TokenBucket(settings.FRAMES_PER_SECOND, settings.FRAMES_BURST)
        self.violations = ViolationCounter()
        await receive()  # websocket.connect
        if not (host_allowed(scope) and origin_allowed(scope)):
            await send({"type": "websocket.close"})  # before accepting: an HTTP 403
            return
        supervisor = get_supervisor()
        self.registry = supervisor.registry
        try:
            self.registry.add(self.connection, self.connection_id, client_address(scope))
        except TooManyConnections as refusal:
            await send({"type": "websocket.accept"})
            self._reject_over_limit(refusal)
            return
        try:
            try:
                self.identity = await self._identify()
            except DatabaseError:
                logger.warning("could not identify a client: the database did not answer")
                await send({"type": "websocket.accept"})
                self.connection.close(CloseCode.RESTARTING)
                return
            except self.handled_errors as refusal:
                await send({"type": "websocket.accept"})
                self.reject(refusal, {})
                self.connection.close(CloseCode.NOT_AUTHENTICATED)
                return
            await send({"type": "websocket.accept"})
            supervisor.sockets.add(self)
            self.opened_at = time.monotonic()
            self._record_opened()
            if self.identity is not None or not self._offered_token:
                self._welcome()
                if self.connection.closing is None:
                    await self._handle_url(scope)
                    await self._receive_frames(receive)
            else:
                self.send_error(401, ErrorCode.NOT_AUTHENTICATED, _("The token is invalid or has expired."))
                self.connection.close(CloseCode.NOT_AUTHENTICATED)
        finally:
            if self in supervisor.sockets:
                self._record_closed()
            supervisor.sockets.discard(self)
            self.connection.closed = True
            self.connection.unsubscribe_all()
            self.registry.remove(self.connection)

    def _record_opened(self) -> None:
        metrics.connections.inc()
        log_socket_opened(path=self.scope["path"], user_id=self.identity.user_id if self.identity else None)

    def _record_closed(self) -> None:
        metrics.connections.dec()
        log_socket_closed(
            path=self.scope["path"],
            code=self.connection.closing or self.close_code,
            began=self.opened_at,
            user_id=self.identity.user_id if self.identity else None,
        )

    @property
    def language(self) -> str:
        """What the user has chosen, or else the browser's language."""
        return (self.identity and self.identity.language) or accepted_language(self.scope)

    # --- Identity --------------------------------------------------------------------------------------------

    async def _identify(self) -> Identity | None:
        headers = dict(self.scope["headers"])
        scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        self._offered_token = scheme.lower() == "bearer"
        if self._offered_token:
            return await self.identities.from_token(token.strip())
        session_key = cookie(headers.get(b"cookie", b"").decode("latin-1"), settings.SESSION_COOKIE_NAME)
        return await self.identities.from_session(session_key) if session_key else None

    async def authenticate(self, token: str) -> bool:
        """Adopt or renew the identity of a token. Returns False if the token is invalid or belongs to another user."""
        identity = await self.identities.from_token(token)
        if identity is None or (self.identity is not None and identity.user_id != self.identity.user_id):
            return False
        self.identity = identity
        self._welcome()
        return True

    def _welcome(self) -> None:
        if self.identity is not None:
            who = self.identity
            person = Person(who.user_id, who.user_name, who.display_name, who.avatar)
            try:
                self.registry.identify(self.connection, self.identity.user_id, person)
            except TooManyConnections as refusal:
                self._reject_over_limit(refusal)
                return
        self.connection.reader_id = self.identity.user_id if self.identity else GUEST
        self.connection.send_frame(
            FrameType.WELCOME,
            connection_id=self.connection_id,
            user_id=self.identity.user_id if self.identity else None,
            user_name=self.identity.user_name if self.identity else None,
            heartbeat_interval=settings.HEARTBEAT_SECONDS,
            limits={"content": settings.MAX_CONTENT_LENGTH, "frame": settings.MAX_FRAME_BYTES},
        )

    def _reject_over_limit(self, refusal: TooManyConnections) -> None:
        logger.info("socket rejected: %s", refusal)
        metrics.sockets_refused.inc()
        wait = settings.TABLE_CHECK_SECONDS  # any sooner, sockets closed in other processes may still be counted
        self.send_error(429, ErrorCode.RATE_LIMITED, refusal, retry_after=wait)
        self.connection.close(CloseCode.TOO_MANY_CONNECTIONS)

    # --- Frames ----------------------------------------------------------------------------------------------

    async def _handle_url(self, scope: Any) -> None:
        """Handle what the URL asks for. Overridden by consumers whose URLs name something."""

    async def _receive_frames(self, receive: Any) -> None:
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect" or self.connection.closing is not None:
                self.close_code = event.get("code")
                return
            text = event.get("text")
            raw = text.encode("utf-8", "surrogatepass") if text is not None else event.get("bytes") or b""
            if len(raw) > settings.MAX_FRAME_BYTES:
                self.connection.close(CloseCode.FRAME_TOO_LARGE)
                return
            await self.handle(raw)

    async def handle(self, raw: bytes) -> None:
        """Handle a frame. Any error is answered with an `error` frame, and the socket stays open."""
        frame: Frame = {}
        wait = self.frame_bucket.take()
        try:
            frame = parse_frame(raw)
            if wait:
                sentence = _("Too many frames. Wait a moment.")
                raise ProtocolError(429, ErrorCode.RATE_LIMITED, sentence, retry_after=wait)
            await self.dispatch(frame)
        except self.handled_errors as refusal:
            self.reject(refusal, frame)
        except DatabaseError:
            logger.warning("the database did not answer an action", exc_info=True)
            self.send_error(503, ErrorCode.UNAVAILABLE, _("The database did not respond. Try again."), frame)
        except Exception:
            logger.exception("action failed: %s", frame.get("action"))
            self.send_error(500, ErrorCode.UNAVAILABLE, _("Something went wrong. Try again."), frame)

    @traced(_span_of_action)
    async def dispatch(self, frame: Frame) -> None:
        """Call the handler of a frame's action. Raises what it raises, or ProtocolError for an unknown action."""
        action = frame.get("action")
        if action is None:
            raise ProtocolError(400, ErrorCode.MISSING_FIELD, _("%(field)s not in message dict"), {"field": "action"})
        handler = self.actions.get(action) if isinstance(action, str) else None
        if handler is None:
            names = ", ".join(self.actions)
            sentence = _("Unknown action. Use one of: %(names)s.")
            raise ProtocolError(400, ErrorCode.UNKNOWN_ACTION, sentence, {"names": names})
        await handler(self, frame)

    def reject(self, refusal: Any, frame: Frame) -> None:
        """Answer a frame with the error that its handler raised."""
        retry_after = getattr(refusal, "retry_after", None)
        more = getattr(refusal, "more", {})
        self.send_error(refusal.status, refusal.code, refusal, frame, retry_after=retry_after, more=more)
        if refusal.code == ErrorCode.RATE_LIMITED and self.violations.add():
            self.connection.close(CloseCode.TOO_MANY_VIOLATIONS)


def parse_frame(raw: bytes) -> Frame:
    """Parse a client's frame. Raises ProtocolError if it is not a JSON object or its `request_id` can't be echoed."""
    try:
        frame = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ProtocolError(400, ErrorCode.INVALID_JSON, _("The frame is not JSON.")) from error
    if not isinstance(frame, dict):
        raise ProtocolError(400, ErrorCode.INVALID_JSON, _("The frame is not a JSON object."))
    request_id = frame.get("request_id")
    # It is echoed unchanged, and orjson can read more deeply nested lists than it can write.
    if request_id is not None and (not isinstance(request_id, str | int) or isinstance(request_id, bool)):
        sentence = _("%(field)s must be a text or a whole number.")
        raise ProtocolError(400, ErrorCode.INVALID_FIELD, sentence, {"field": "request_id"})
    return frame
