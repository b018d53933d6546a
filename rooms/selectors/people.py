"""People, by their names."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from rooms.errors import NotFound
from rooms.models import Picture, User, UserName

NO_PERSON = "There is no such person."


def get_person(user_name: str) -> User:
    """The person who is or was called that, in any spelling. Raises NotFound."""
    return get_people([user_name])[0]


def get_people(user_names: Collection[str]) -> list[User]:
    """The people who are or were called these, in any spelling, each once. Raises NotFound when one is missing."""
    found = UserName.objects.owners(user_names)
    if len(found) < len(set(user_names)):
        raise NotFound(NO_PERSON)
    return list({user.pk: user for user in found.values()}.values())


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
