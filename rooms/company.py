"""Who comes into rooms, who is invited or banned, and which rooms are open to all, told to sockets that show it.

None of it takes a version: it is told for its own sake, at most once a second, however many come. What is lost is seen
when a page is next opened or connects again.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from chatproject.realtime.consumer import Consumer
from chatproject.realtime.database import in_database
from chatproject.realtime.hub import Hub, get_hub
from chatproject.realtime.overseer import get_overseer
from chatproject.realtime.pacing import Paced
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.source import GUEST
from chatproject.realtime.store import Person
from chatproject.realtime.stream import text_event
from rooms.events import LOBBY, PEOPLE, room_key
from rooms.selectors import RoomPeople, people_of_rooms

MAX_NAMED = 50  # newcomers that a frame names


class Company:
    """What the sockets of one process are told of the people of rooms."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._rooms: dict[int, set[int]] = {}  # by room id, who has come in
        self._telling = Paced(hub, self._tell, seconds=1, what="people of rooms not told")
        self._telling_lobby = Paced(hub, self._tell_lobby, seconds=1, what="open rooms not told")
        hub.control |= {PEOPLE: self._changed, LOBBY: lambda _: self._telling_lobby.ask()}

    def _changed(self, message: dict[str, Any]) -> None:
        self._rooms.setdefault(message["room_id"], set()).update(message["joined"])
        self._telling.ask()

    async def _tell(self) -> None:
        rooms, self._rooms = self._rooms, {}
        try:
            found = await in_database(people_of_rooms, rooms)
        except BaseException:
            for room_id, joined in rooms.items():
                self._rooms.setdefault(room_id, set()).update(joined)
            raise
        consumers = list(get_overseer().consumers)
        for room_id, people in found.items():
            self._tell_room(room_id, people, consumers, news=bool(rooms[room_id]))

    async def _tell_lobby(self) -> None:
        for consumer in list(get_overseer().consumers):
            if getattr(consumer, "shows_lobby", False):
                consumer.connection.send_frame(FrameType.LOBBY)

    def _tell_room(self, room_id: int, people: RoomPeople, consumers: list[Consumer], *, news: bool) -> None:
        """Tell those who look after a room, wherever they are; with `news` of newcomers, also those who follow it."""
        joined = [
            Person(user.username, user.shown_name, user.avatar)._asdict()
            for user in list(people.members.values())[:MAX_NAMED]
        ]
        frame = {
            "type": FrameType.PEOPLE,
            "room_name": people.name,
            "member_count": people.member_count,
            "joined": joined,
        }
        event, key = text_event(orjson.dumps(frame)), room_key(room_id)
        for consumer in consumers:
            reader_id = consumer.connection.reader_id
            sub = consumer.connection.subscriptions.get(key) if news and reader_id != GUEST else None
            # Who has not been answered yet has a list that holds it all.
            if reader_id in people.look_after or (sub is not None and sub.position is not None):
                consumer.connection.send_event(event)


_company: WeakKeyDictionary[Hub, Company] = WeakKeyDictionary()


def get_company() -> Company:
    """What the running event loop tells of people: one per server process."""
    hub = get_hub()
    if hub not in _company:
        _company[hub] = Company(hub)
    return _company[hub]
