"""What other apps can do when something happens here: `rooms` knows none of them.

A hook runs in the transaction of what happened, so that both are committed or neither. An app adds its own when it is
ready.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rooms.models import Invitation

on_invited: list[Callable[[Invitation], None]] = []  # with its room, the person and who invites them
