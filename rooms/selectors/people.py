"""People, by their names."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from rooms.errors import InvalidField, NotFound
from rooms.models import Picture, User, UserName
from rooms.people.names import name_key

NO_PERSON = "User not found."
CHOICES = 5  # people of one name that are given


def get_person(user_name: str) -> User:
    """The person who is or was called that, in any spelling. Raises NotFound."""
    return get_people([user_name])[0]


def get_people(user_names: Collection[str]) -> list[User]:
    """The people who are or were called these, in any spelling, each once. Raises NotFound when one is missing."""
    found = UserName.objects.owners(user_names)
    if len(found) < len(set(user_names)):
        raise NotFound(NO_PERSON)
    return list({user.pk: user for user in found.values()}.values())


def find_person(words: str) -> User:
    """The person whom somebody means by these words: by user name in any spelling, with or without an @, else by how
    exactly one person is shown.

    Raises NotFound for nobody, InvalidField when it may be several, whose user names it gives.
    """
    words = words.strip()
    name = words.removeprefix("@")
    if found := UserName.objects.owners([name]):
        return found[name]
    key = name_key(words)
    shown = active_people().exclude(display_name="").values_list("pk", "username", "display_name")
    # Compared here: databases don't agree on what is the same text.
    alike = [(pk, user_name) for pk, user_name, display_name in shown if name_key(display_name) == key]
    if len(alike) > 1:
        choices = ", ".join(f"@{user_name}" for _, user_name in alike[:CHOICES])
        raise InvalidField(f"Several people are named “{words}”: {choices}. Enter a username.")
    if not alike or not key:
        raise NotFound(f"No user named “{words}”.")
    return User.objects.get(pk=alike[0][0])


def find_people(words: str) -> list[User]:
    """The people whom somebody means, each once, with commas between them, or spaces between user names.

    Raises NotFound and InvalidField as `find_person` does.
    """
    found: list[User] = []
    for part in filter(str.strip, words.split(",")):
        try:
            found.append(find_person(part))
        except NotFound:
            if len(part.split()) == 1:
                raise
            found += [find_person(each) for each in part.split()]
    return list(dict.fromkeys(found))


def active_people() -> QuerySet[User]:
    """Everybody whose account is active, by user name. Whoever is signed in may know of them."""
    return User.objects.filter(is_active=True).order_by("username")


def name_contains(words: str, prefix: str = "") -> Q:
    """Whose user name or display name holds these words. `prefix` leads from the queried model to the person."""
    words = words.strip().removeprefix("@")
    return Q(**{f"{prefix}username__icontains": words}) | Q(**{f"{prefix}display_name__icontains": words})


def get_picture(digest: str) -> bytes | None:
    """The image at that address, None when there is none, or none any more."""
    image = Picture.objects.filter(digest=digest).values_list("image", flat=True).first()
    return None if image is None else bytes(image)
