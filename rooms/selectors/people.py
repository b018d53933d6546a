"""People, by their names."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from rooms.errors import NotFound
from rooms.models import User

NO_PERSON = "There is no such person."


def get_person(user_name: str) -> User:
    """The person of that name, whatever its case. Raises NotFound."""
    person = User.objects.filter(username__iexact=user_name).first() if "\0" not in user_name else None
    if person is None:
        raise NotFound(NO_PERSON)
    return person


def get_people(user_names: Collection[str]) -> list[User]:
    """The people of these names, whatever their case, each once. Raises NotFound when there is one too few."""
    wanted = Q(pk__in=[])
    for user_name in user_names:
        wanted |= Q(username__iexact=user_name)
    people = list(User.objects.filter(wanted)) if not any("\0" in name for name in user_names) else []
    if len(people) < len({user_name.lower() for user_name in user_names}):
        raise NotFound(NO_PERSON)
    return people
