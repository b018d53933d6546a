"""Live updates of who is away: has open pages, but uses none of them.

The connection table says who is. The process whose sockets became idle or active, or were opened or closed, reads it
and tells the processes with readers of these people's rooms. What is lost is found when pages ask who is online.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import group_name
from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.delivery.publish import signal
from chatproject.realtime.delivery.source import GUEST
from chatproject.realtime.delivery.stream import text_event
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.events import room_stream
from rooms.live.contacts import get_contact_notifier
from rooms.selectors.online import away_by_room

AWAY = "away"  # message type


class AwayNotifier:
    """Tells who is away, at most once a second, and sends what others tell to the sockets of one process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._changed: set[int] = set()  # user ids
        self._telling = ThrottledTask(hub, self._tell, interval=1, failure="who is away was not told")
        get_supervisor().registry.on_idle_changed = self._note
        hub.control_handlers[AWAY] = self._receive

    def _note(self, user_ids: set[int]) -> None:
        get_contact_notifier().note(user_ids)
        self._changed |= user_ids
        self._telling.run_soon()

    async def _tell(self) -> None:
        changed, self._changed = self._changed, set()
        try:
            rooms = await in_database(away_by_room, changed)
        except BaseException:
            self._changed |= changed
            raise
        by_group = {group_name(room_stream.key(room_id)): [(room_id, *ids)] for room_id, ids in rooms.items()}
        signal(AWAY, "rooms", by_group)

    def _receive(self, message: dict[str, Any]) -> None:
        for room_id, away, back in message["rooms"]:
            stream = self._hub.streams.get(room_stream.key(room_id))
            if stream is None:
                continue
            frame = {"type": FrameType.AWAY, "room_name": stream.name, "away_ids": away, "back_ids": back}
            event = text_event(orjson.dumps(frame))
            for sub in list(stream.subscriptions()):
                if sub.position is not None and sub.reader.reader_id != GUEST:
                    sub.reader.send_event(event)


_notifiers: WeakKeyDictionary[Hub, AwayNotifier] = WeakKeyDictionary()


def get_away_notifier() -> AwayNotifier:
    """Return the notifier of the running event loop. There is one per server process."""
    hub = get_hub()
    if hub not in _notifiers:
        _notifiers[hub] = AwayNotifier(hub)
    return _notifiers[hub]
