"""Find people by name."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField, NotFound
from rooms.models import Picture, User, UserName
from rooms.people.names import name_key

NO_PERSON = _("User not found.")
COMMAS = re.compile("[,،、，]")  # of the Latin, the Arabic and Asian scripts
MAX_CHOICES = 5  # names listed when a display name is ambiguous


def get_person(user_name: str) -> User:
    """Return the user with this present or past username, in any spelling. Raises NotFound."""
    return get_people([user_name])[0]


def get_people(user_names: Collection[str]) -> list[User]:
    """Return the users with these present or past usernames, in any spelling, each once.

    Raises NotFound when one is missing.
    """
    found = UserName.objects.accounts(user_names)
    if len(found) < len(set(user_names)):
        raise NotFound(NO_PERSON)
    return list({user.pk: user for user in found.values()}.values())


def find_person(words: str) -> User:
    """Return the user that the words name: by username in any spelling, with or without an @, else by display name.

    Raises NotFound when nobody matches, and InvalidField with their usernames when several display names match.
    """
    words = words.strip()
    name = words.removeprefix("@")
    if found := UserName.objects.accounts([name]):
        return found[name]
    key = name_key(words)
    candidates = active_people().exclude(display_name="").values_list("pk", "username", "display_name")
    # Compared here: databases don't agree on which texts are equal.
    alike = [(pk, user_name) for pk, user_name, display_name in candidates if name_key(display_name) == key]
    if len(alike) > 1:
        choices = ", ".join(f"@{user_name}" for _, user_name in alike[:MAX_CHOICES])
        sentence = _("Several people are named “%(name)s”: %(choices)s. Enter a username.")
        raise InvalidField(sentence, {"name": words, "choices": choices})
    if not alike or not key:
        raise NotFound(_("No user named “%(name)s”."), {"name": words})
    return User.objects.get(pk=alike[0][0])


def find_people(words: str) -> list[User]:
    """Return the users that the words name, separated by commas, or usernames also by spaces; each user once.

    Raises what `find_person` raises.
    """
    found: list[User] = []
    for part in filter(str.strip, COMMAS.split(words)):
        try:
            found.append(find_person(part))
        except NotFound:
            if len(part.split()) == 1:
                raise
            found += [find_person(each) for each in part.split()]
    return list(dict.fromkeys(found))


def active_people() -> QuerySet[User]:
    """Return all users with an active account, by username. Everyone who is signed in may see them."""
    return User.objects.filter(is_active=True).order_by("username")


def name_contains(words: str, prefix: str = "") -> Q:
    """Match users whose username or display name contains the words. `prefix` is the lookup path to the user."""
    words = words.strip().removeprefix("@")
    return Q(**{f"{prefix}username__icontains": words}) | Q(**{f"{prefix}display_name__icontains": words})


def get_picture(digest: str) -> bytes | None:
    """Return the image with this digest, or None if there is none, or no longer."""
    image = Picture.objects.filter(digest=digest).values_list("image", flat=True).first()
    return None if image is None else bytes(image)
