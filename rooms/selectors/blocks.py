"""Blocked users."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from chatproject.prepared_query import PreparedQuery
from rooms.models import Block, User


def blocks_of(user: User) -> QuerySet[Block]:
    """Return a user's blocks, oldest first."""
    return Block.objects.filter(by=user).select_related("user").order_by("id")


_blocked_ids = PreparedQuery(lambda user_id: Block.objects.filter(by=user_id).order_by("pk").values_list("user_id"))


def blocked_ids(user: User) -> list[int]:
    """Return the ids of those whom a user has blocked, in the order in which they did."""
    return [user_id for (user_id,) in _blocked_ids.values(user.pk)]


def has_blocked(person: User, other: User | None) -> bool:
    """Return whether a user has blocked another."""
    return other is not None and Block.objects.filter(by=person, user=other).exists()


def blocked_between(user: User, people: Collection[User]) -> list[Block]:
    """Return the blocks between a user and others, in either direction."""
    return list(Block.objects.filter(Q(by=user, user__in=people) | Q(by__in=people, user=user)))


def blocked_pairs(by_ids: Collection[int], user_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the blocks of the users `by_ids` against the users `user_ids`, as pairs of ids."""
    return set(Block.objects.filter(by__in=by_ids, user__in=user_ids).order_by().values_list("by_id", "user_id"))
