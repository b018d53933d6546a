"""The consumer for a signed-in user or a guest. The actions it serves are in `rooms.actions`."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import orjson
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

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
from rooms.live.away import get_away_notifier
from rooms.live.contacts import get_contact_notifier
from rooms.live.frame_fields import text_field
from rooms.live.message_queue import get_message_queue
from rooms.live.room_people import get_room_people_notifier
from rooms.live.saved_messages import get_saved_messages_notifier
from rooms.live.signs import get_signs_notifier
from rooms.live.unread_counts import get_unread_counts
from rooms.models import Room, User
from rooms.people.socket_identity import SocketIdentity, identity_source
from rooms.rate_limits import sender_key
from rooms.selectors.rooms import get_room_for

TYPING_PER_SECOND = 0.5
# Not counted against the rate limit: actions that write nothing, or count separately. `joinRoom` counts when it makes
# somebody a member, and `typing` has its own bucket.
UNCOUNTED = frozenset(
    {
        Action.AUTHENTICATE,
        Action.JOIN_ROOM,
        Action.LEAVE_ROOM,
        Action.GET_RECENT_MESSAGES,
        Action.TYPING,
        Action.SET_IDLE,
        Action.WATCH,
        Action.SUBSCRIBE,
        Action.UNSUBSCRIBE,
        Action.PING,
    }
)


class ChatConsumer(Consumer):
    """A socket that can subscribe to any number of rooms."""

    handled_errors = (ProtocolError, ServiceError)
    identities = identity_source

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Rooms that the user has written in without subscribing, so that the next message needs no lookup.
        self.written_in: dict[str, int] = {}
        self.member_by: dict[StreamKey, Subscription] = {}  # rooms that the user is known to be a member of
        self.shows_lobby = False  # gets a `lobby` frame when the list of public rooms changes
        self.typing_bucket = TokenBucket(TYPING_PER_SECOND, 1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket until it closes."""
        get_room_people_notifier()
        get_saved_messages_notifier()
        get_signs_notifier()
        get_away_notifier()
        get_contact_notifier()
        # Needed even if nobody watches: subscribers are told about their own read markers.
        unread_counts = get_unread_counts()
        # Kept, because asking for the running event loop's costs a system call.
        self.buckets, self.messages = get_shared_buckets(), get_message_queue()
        try:
            await super().__call__(scope, receive, send)
        finally:
            unread_counts.remove(self.connection)

    @property
    def user(self) -> User | AnonymousUser:
        """The user at this socket."""
        return self.identity.user if isinstance(self.identity, SocketIdentity) else AnonymousUser()

    def require_user(self) -> User:
        """Return the user at this socket. Raises NotAuthenticated if there is none."""
        if not isinstance(self.user, User):
            raise NotAuthenticated(_("Sign in first."))
        return self.user

    async def dispatch(self, frame: Frame) -> None:
        """Call the handler of a frame's action. An action that may write is first counted against the rate limit."""
        action = frame.get("action")
        if isinstance(action, str) and action in self.actions and action not in UNCOUNTED:
            await self.count_send()
        await super().dispatch(frame)

    async def count_send(self) -> None:
        """Count a write of this client. Raises RateLimited."""
        key = sender_key(self.user, (self.scope.get("client") or [""])[0])
        if wait := await self.buckets.take(key):
            metrics.sends_refused.inc()
            raise RateLimited(wait)

    async def room(self, frame: Frame) -> Room:
        """Return a frame's room if the user may read it. Raises MissingField, InvalidField, NotFound."""
        return await in_database(get_room_for, self.user, text_field(frame, "room_name"))

    async def _handle_url(self, scope: Any) -> None:
        """Subscribe to the rooms in the URL: /ws/rooms/<name>/ and any number of ?room_name=."""
        await self.subscribe_to_named(scope, Action.JOIN_ROOM, "room_name")

    async def subscribe_to_named(self, scope: Any, action: Action, field: str) -> None:
        """Handle an action for each name in the URL's path or query."""
        query = scope["query_string"]
        names = parse_qs(query.decode("latin-1")).get(field, []) if query else []
        if name := scope["url_route"]["kwargs"].get(field):
            names = [name, *names]
        for name in dict.fromkeys(names):
            await self.handle(orjson.dumps({"action": action, field: name}))
