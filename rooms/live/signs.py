"""Live updates of what is shown next to people's names: their statuses, and who is not to be disturbed.

They take no version. A lost update is made good when a page next opens or reloads its list of members.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.delivery.source import GUEST
from chatproject.realtime.delivery.stream import text_event
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.events import SIGNS
from rooms.models import Signs, User
from rooms.selectors.room_titles import direct_contact_ids
from rooms.selectors.statuses import signs_of_people
from rooms.wire import signs_wire


class SignsNotifier:
    """Sends what changed next to people's names to the sockets of one process, at most once a second."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._changed: set[int] = set()  # user ids
        self._sending = ThrottledTask(hub, self._send, interval=1, failure="statuses not sent")
        hub.control_handlers[SIGNS] = self._receive

    def _receive(self, message: dict[str, Any]) -> None:
        self._changed.add(message["user_id"])
        self._sending.run_soon()

    async def _send(self) -> None:
        changed, self._changed = self._changed, set()
        try:
            for user, signs, contacts in await in_database(_read, changed):
                event = text_event(orjson.dumps({"type": FrameType.STATUS, **signs_wire(user, signs)}))
                keys = {stream.key for stream in await self._hub.streams_showing(user.pk)}
                for socket in list(get_supervisor().sockets):
                    connection = socket.connection
                    sees = connection.reader_id in contacts or not keys.isdisjoint(connection.subscriptions)
                    if sees and connection.reader_id != GUEST:
                        connection.send_event(event)
        except BaseException:
            self._changed |= changed
            raise


def _read(user_ids: set[int]) -> list[tuple[User, Signs, set[int]]]:
    """Return what is now next to these people's names, with the ids of those who list a direct room with them."""
    return [(user, signs, set(direct_contact_ids(user))) for user, signs in signs_of_people(user_ids)]


_notifiers: WeakKeyDictionary[Hub, SignsNotifier] = WeakKeyDictionary()


def get_signs_notifier() -> SignsNotifier:
    """Return the notifier of the running event loop. There is one per server process."""
    hub = get_hub()
    if hub not in _notifiers:
        _notifiers[hub] = SignsNotifier(hub)
    return _notifiers[hub]
