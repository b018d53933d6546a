"""The tasks of a message, as far as the message shows them: how many are open. Tasks are another app's."""

from __future__ import annotations

from rooms.models import Room
from rooms.selectors.messages import get_message
from rooms.services.message_changes import save_change


def message_tasks_set(*, room: Room, seq: int, open_tasks: int | None) -> None:
    """Set how many tasks of a message of a locked room are open, None if it has no tasks, and announce the change.

    A deleted message shows none.
    """
    message = get_message(room, seq)
    if message.deleted_at is None and message.open_tasks != open_tasks:
        message.open_tasks = open_tasks
        save_change(room, message, "open_tasks")
