"""Who comes into rooms, who is invited or banned, and which rooms are open to all, told to sockets that show it.

None of it takes a version: it is told for its own sake, at most once a second, however many come. What is lost is seen
when a page is next opened or connects again.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from chatproject.realtime.background.coalesced import Coalesced
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.change_feed import ALTERED
from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.delivery.source import GUEST
from chatproject.realtime.delivery.stream import Event, text_event
from chatproject.realtime.presence.registry_rows import Person
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.events import LOBBY, PEOPLE, room_stream
from rooms.selectors.room_people import RoomPeople, people_of_rooms

MAX_NAMED = 50  # newcomers that a frame names


class RoomPeopleUpdates:
    """What the sockets of one process are told of the people of rooms."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._rooms: dict[int, set[int]] = {}  # by room id, who has come in
        self._altered: set[int] = set()  # rooms of which those who follow them know by a version that something is new
        self._telling = Coalesced(hub, self._tell, seconds=1, what="people of rooms not told")
        self._telling_lobby = Coalesced(hub, self._tell_lobby, seconds=1, what="open rooms not told")
        hub.control |= {PEOPLE: self._changed, LOBBY: lambda _: self._telling_lobby.ask(), ALTERED: self._rooms_altered}

    def _changed(self, message: dict[str, Any]) -> None:
        self._rooms.setdefault(message["room_id"], set()).update(message["joined"])
        self._telling.ask()

    def _rooms_altered(self, message: dict[str, Any]) -> None:
        if rooms := {stream_id for kind, stream_id in message["streams"] if kind == "room"}:
            self._altered |= rooms
            self._telling.ask()
            self._telling_lobby.ask()

    async def _tell(self) -> None:
        rooms, self._rooms = self._rooms, {}
        altered, self._altered = self._altered, set()
        try:
            found = await in_database(people_of_rooms, {room_id: set[int]() for room_id in altered} | rooms)
        except BaseException:
            self._altered |= altered
            for room_id, joined in rooms.items():
                self._rooms.setdefault(room_id, set()).update(joined)
            raise
        sockets = list(get_supervisor().sockets)
        for room_id, people in found.items():
            event, key = people_event(people), room_stream.key(room_id)
            for socket in sockets:
                sub = socket.connection.subscriptions.get(key)
                follows = sub is not None and sub.position is not None  # or the page it is of is newer
                looks_after = socket.connection.reader_id in people.moderator_ids
                is_person = socket.connection.reader_id != GUEST
                if room_id not in rooms:
                    told = looks_after and not follows
                else:
                    told = looks_after or (follows and is_person and bool(people.members))
                if told:
                    socket.connection.send_event(event)

    async def _tell_lobby(self) -> None:
        for socket in list(get_supervisor().sockets):
            if getattr(socket, "shows_lobby", False):
                socket.connection.send_frame(FrameType.LOBBY)


def people_event(people: RoomPeople) -> Event:
    """The frame that tells of newcomers, and that lists of the room's people are to be read again."""
    newcomers = list(people.members.values())[:MAX_NAMED]
    frame = {
        "type": FrameType.PEOPLE,
        "room_name": people.name,
        "member_count": people.member_count,
        "joined": [Person(user.pk, user.username, user.shown_name, user.avatar)._asdict() for user in newcomers],
    }
    return text_event(orjson.dumps(frame))


_company: WeakKeyDictionary[Hub, RoomPeopleUpdates] = WeakKeyDictionary()


def get_room_people_updates() -> RoomPeopleUpdates:
    """What the running event loop tells of people: one per server process."""
    hub = get_hub()
    if hub not in _company:
        _company[hub] = RoomPeopleUpdates(hub)
    return _company[hub]
