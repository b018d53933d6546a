"""People, by their names."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from rooms.errors import NotFound
from rooms.models import Picture, User

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


def active_people() -> QuerySet[User]:
    """Everybody whose account is active, by user name. Whoever is signed in may know of them."""
    return User.objects.filter(is_active=True).order_by("username")


def called(words: str, prefix: str = "") -> Q:
    """Whose user name or display name holds these words. `prefix` leads from the queried model to the person."""
    words = words.strip().removeprefix("@")
    return Q(**{f"{prefix}username__icontains": words}) | Q(**{f"{prefix}display_name__icontains": words})


def get_picture(digest: str) -> bytes | None:
    """The image at that address, None when there is none, or none any more."""
    image = Picture.objects.filter(digest=digest).values_list("image", flat=True).first()
    return None if image is None else bytes(image)
