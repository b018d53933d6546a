"""Who is online: at a socket, whatever it follows."""

from __future__ import annotations

from collections.abc import Collection

from chatproject.realtime.store import connections_of_people


def online_among(user_ids: Collection[int]) -> set[int]:
    """Which of these people have an open socket."""
    rows = connections_of_people().filter(user_id__in=user_ids)
    return {user_id for user_id in rows.values_list("user_id", flat=True).distinct() if user_id is not None}
