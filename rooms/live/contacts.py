"""Live updates of who is online or away, for the people who list a direct room with them.

The connection table says who is. The process that got somebody's first socket, or lost their last one, reads it and
tells the processes with sockets of these people. What is lost is found when a process next reads all their rooms.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import user_group
from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.delivery.publish import signal
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.live.unread_counts import get_unread_counts
from rooms.selectors.online import presence_for_contacts

CONTACTS = "contacts"  # message type


class ContactNotifier:
    """Tells who is online, at most once a second, and has what others tell sent to the sockets of one process.

    Who opens another page is gone for a moment. So that somebody is gone is told after the grace period of presence.
    """

    def __init__(self, hub: Hub) -> None:
        self._changed: set[int] = set()  # user ids
        self._leaving: dict[int, asyncio.TimerHandle] = {}  # by user id
        self._telling = ThrottledTask(hub, self._tell, interval=1, failure="who is online was not told")
        get_supervisor().registry.on_sockets_changed = self._sockets_changed
        hub.control_handlers[CONTACTS] = self._receive

    def note(self, user_ids: set[int]) -> None:
        """Tell soon what these users are."""
        self._changed |= user_ids
        self._telling.run_soon()

    def _sockets_changed(self, came: set[int], left: set[int]) -> None:
        loop = asyncio.get_running_loop()
        for user_id in left - self._leaving.keys():
            self._leaving[user_id] = loop.call_later(settings.PRESENCE_GRACE_SECONDS, self._left, user_id)
        back = came & self._leaving.keys()
        for user_id in back:
            self._leaving.pop(user_id).cancel()
        if came - back:
            self.note(came - back)

    def _left(self, user_id: int) -> None:
        del self._leaving[user_id]
        self.note({user_id})

    async def _tell(self) -> None:
        changed, self._changed = self._changed, set()
        try:
            told = await in_database(presence_for_contacts, changed)
        except BaseException:
            self._changed |= changed
            raise
        by_group = {user_group(contact): [(contact, *one) for one in people] for contact, people in told.items()}
        signal(CONTACTS, "people", by_group)

    def _receive(self, message: dict[str, Any]) -> None:
        for user_id, contact_id, away in message["people"]:
            get_unread_counts().contact_changed(user_id, contact_id, away)


_notifiers: WeakKeyDictionary[Hub, ContactNotifier] = WeakKeyDictionary()


def get_contact_notifier() -> ContactNotifier:
    """Return the notifier of the running event loop. There is one per server process."""
    hub = get_hub()
    if hub not in _notifiers:
        _notifiers[hub] = ContactNotifier(hub)
    return _notifiers[hub]
