"""Who has blocked whom."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from rooms.models import Block, User


def blocks_of(user: User) -> QuerySet[Block]:
    """Whom a person has blocked, the first first."""
    return Block.objects.filter(by=user).select_related("user").order_by("id")


def has_blocked(person: User, other: User | None) -> bool:
    """Whether a person wants nothing from another."""
    return other is not None and Block.objects.filter(by=person, user=other).exists()


def blocked_between(user: User, people: Collection[User]) -> list[Block]:
    """The blocks between somebody and others, whoever of the two has blocked."""
    return list(Block.objects.filter(Q(by=user, user__in=people) | Q(by__in=people, user=user)))


def blocked_pairs(by_ids: Collection[int], user_ids: Collection[int]) -> set[tuple[int, int]]:
    """Which of the first have blocked which of the second, by their ids."""
    return set(Block.objects.filter(by__in=by_ids, user__in=user_ids).order_by().values_list("by_id", "user_id"))
