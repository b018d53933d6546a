"""A person, or a guest, at a socket. What they can ask for is in `rooms.actions`."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import orjson
from django.contrib.auth.models import AnonymousUser

from chatproject.realtime import metrics
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.stream import Subscription
from chatproject.realtime.protocol import Action
from chatproject.realtime.rate_limits.shared_buckets import get_shared_buckets
from chatproject.realtime.rate_limits.token_bucket import TokenBucket
from chatproject.realtime.sockets.consumer import Consumer, ProtocolError
from chatproject.realtime.sockets.socket import Frame
from rooms.errors import NotAuthenticated, RateLimited, ServiceError
from rooms.live.frame_fields import text_field
from rooms.live.room_people import get_room_people_updates
from rooms.live.unread_counts import get_unread_counts
from rooms.models import Room, User
from rooms.people.socket_identity import SocketIdentity, identity_source
from rooms.rate_limits import sender_key
from rooms.selectors.rooms import get_room_for

TYPING_PER_SECOND = 0.5
# What writes nothing, or counts by itself: `joinRoom` the first time that one goes in, `typing` in a bucket of its own.
UNCOUNTED = frozenset(
    {
        Action.AUTHENTICATE,
        Action.JOIN_ROOM,
        Action.LEAVE_ROOM,
        Action.GET_RECENT_MESSAGES,
        Action.TYPING,
        Action.WATCH,
        Action.SUBSCRIBE,
        Action.UNSUBSCRIBE,
        Action.PING,
    }
)


class ChatConsumer(Consumer):
    """A socket that follows any number of rooms."""

    refusals = (ProtocolError, ServiceError)
    identities = identity_source

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Where this person has written without following the room: it need not be looked up for the next message.
        self.written_in: dict[str, int] = {}
        self.member_by: dict[StreamKey, Subscription] = {}  # rooms that this person was seen to belong to
        self.shows_lobby = False  # is told when the open rooms are others
        self.typing_bucket = TokenBucket(TYPING_PER_SECOND, 1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket until it closes."""
        get_room_people_updates()
        watching = get_unread_counts()  # also where nobody watches: who follows a room is told of their read marks
        try:
            await super().__call__(scope, receive, send)
        finally:
            watching.leave(self.connection)

    @property
    def user(self) -> User | AnonymousUser:
        """Who is at the socket."""
        return self.identity.user if isinstance(self.identity, SocketIdentity) else AnonymousUser()

    def require_user(self) -> User:
        """Who is at the socket. Raises NotAuthenticated for nobody."""
        if not isinstance(self.user, User):
            raise NotAuthenticated("Sign in first.")
        return self.user

    async def perform(self, frame: Frame) -> None:
        """Run the handler of a frame's action. Whatever is not known to write nothing is counted first."""
        action = frame.get("action")
        if isinstance(action, str) and action in self.actions and action not in UNCOUNTED:
            await self.count_send()
        await super().perform(frame)

    async def count_send(self) -> None:
        """Count that something is written from here. Raises RateLimited."""
        key = sender_key(self.user, (self.scope.get("client") or [""])[0])
        if wait := await get_shared_buckets().take(key):
            metrics.sends_refused.inc()
            raise RateLimited(wait)

    async def room(self, frame: Frame) -> Room:
        """The room a frame is about, if the person may read it. Raises MissingField, InvalidField, NotFound."""
        return await in_database(get_room_for, self.user, text_field(frame, "room_name"))

    async def _open(self, scope: Any) -> None:
        """Follow what the URL names: /ws/rooms/<name>/ and ?room_name=, as often as it is there."""
        await self.follow_named(scope, Action.JOIN_ROOM, "room_name")

    async def follow_named(self, scope: Any, action: Action, field: str) -> None:
        """Perform an action for each name that the URL gives, in its path or its query."""
        names = parse_qs(scope["query_string"].decode("latin-1")).get(field, [])
        if name := scope["url_route"]["kwargs"].get(field):
            names = [name, *names]
        for name in dict.fromkeys(names):
            await self.handle(orjson.dumps({"action": action, field: name}))
