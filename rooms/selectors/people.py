"""People, by their names."""

from __future__ import annotations

from rooms.errors import NotFound
from rooms.models import User

NO_PERSON = "There is no such person."


def get_person(user_name: str) -> User:
    """The person of that name, whatever its case. Raises NotFound."""
    person = User.objects.filter(username__iexact=user_name).first() if "\0" not in user_name else None
    if person is None:
        raise NotFound(NO_PERSON)
    return person
