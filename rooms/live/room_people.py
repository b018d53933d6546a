"""Live updates about rooms' members, invitations and bans, and about the list of public rooms.

These changes take no version. They are sent separately, at most once a second, however many people join. A lost update
is noticed when a page is next opened or reconnects.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.change_feed import PROPERTIES_CHANGED
from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.delivery.source import GUEST
from chatproject.realtime.delivery.stream import Event, text_event
from chatproject.realtime.presence.registry_rows import Person
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.events import PUBLIC_ROOMS, ROOM_PEOPLE, room_stream
from rooms.selectors.room_people import RoomPeople, people_of_rooms

MAX_NEWCOMERS = 50  # new members named in one frame


class RoomPeopleNotifier:
    """Sends updates about rooms' people to the sockets of one process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._rooms: dict[int, set[int]] = {}  # who has joined, by room id
        # Rooms whose subscribers already know by a version that something changed.
        self._changed_rooms: set[int] = set()
        self._sending = ThrottledTask(hub, self._send_updates, interval=1, failure="room people updates not sent")
        self._sending_lobby = ThrottledTask(hub, self._send_lobby_updates, interval=1, failure="lobby updates not sent")
        hub.control_handlers |= {
            ROOM_PEOPLE: self._people_changed,
            PUBLIC_ROOMS: lambda _: self._sending_lobby.run_soon(),
            PROPERTIES_CHANGED: self._properties_changed,
        }

    def _people_changed(self, message: dict[str, Any]) -> None:
        for room_id, joined in message["rooms"]:
            self._rooms.setdefault(room_id, set()).update(joined)
        self._sending.run_soon()

    def _properties_changed(self, message: dict[str, Any]) -> None:
        if rooms := {stream_id for kind, stream_id in message["streams"] if kind == "room"}:
            self._changed_rooms |= rooms
            self._sending.run_soon()
            self._sending_lobby.run_soon()

    async def _send_updates(self) -> None:
        rooms, self._rooms = self._rooms, {}
        changed_rooms, self._changed_rooms = self._changed_rooms, set()
        try:
            found = await in_database(people_of_rooms, {room_id: set[int]() for room_id in changed_rooms} | rooms)
        except BaseException:
            self._changed_rooms |= changed_rooms
            for room_id, joined in rooms.items():
                self._rooms.setdefault(room_id, set()).update(joined)
            raise
        sockets = list(get_supervisor().sockets)
        for room_id, people in found.items():
            event, key = people_event(people), room_stream.key(room_id)
            for socket in sockets:
                sub = socket.connection.subscriptions.get(key)
                is_subscribed = sub is not None and sub.position is not None  # otherwise its page is newer than this
                can_manage = socket.connection.reader_id in people.moderator_ids
                is_user = socket.connection.reader_id != GUEST
                if room_id not in rooms:
                    should_send = can_manage and not is_subscribed
                else:
                    should_send = can_manage or (is_subscribed and is_user and bool(people.members))
                if should_send:
                    socket.connection.send_event(event)

    async def _send_lobby_updates(self) -> None:
        for socket in list(get_supervisor().sockets):
            if getattr(socket, "shows_lobby", False):
                socket.connection.send_frame(FrameType.LOBBY)


def people_event(people: RoomPeople) -> Event:
    """Return the frame that names new members and tells pages to reload their lists of the room's people."""
    newcomers = list(people.members.values())[:MAX_NEWCOMERS]
    frame = {
        "type": FrameType.PEOPLE,
        "room_name": people.name,
        "member_count": people.member_count,
        "joined": [Person(user.pk, user.username, user.shown_name, user.avatar)._asdict() for user in newcomers],
    }
    return text_event(orjson.dumps(frame))


_notifiers: WeakKeyDictionary[Hub, RoomPeopleNotifier] = WeakKeyDictionary()


def get_room_people_notifier() -> RoomPeopleNotifier:
    """Return the notifier of the running event loop. There is one per server process."""
    hub = get_hub()
    if hub not in _notifiers:
        _notifiers[hub] = RoomPeopleNotifier(hub)
    return _notifiers[hub]
