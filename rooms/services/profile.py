"""What people show of themselves: a name and a picture."""

from __future__ import annotations

import unicodedata

from django.db import transaction
from django.utils.crypto import salted_hmac

from rooms.errors import InvalidField
from rooms.events import announce_person
from rooms.models import Picture, User
from rooms.pictures import square_picture
from rooms.services.checks import check_storable

MAX_DISPLAY_NAME = 80
# They turn what follows the name around, too: in a line of names, in a message's head.
TURNING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
FORBIDDEN = {"Cc", "Zl", "Zp"}  # categories: control characters and line ends


def check_display_name(text: object, user: User | None = None) -> str:
    """What somebody wants to be called, trimmed; empty: by their user name. Raises InvalidField."""
    if not isinstance(text, str):
        raise InvalidField("display_name must be a text.")
    name = text.strip()
    if len(name) > MAX_DISPLAY_NAME:
        raise InvalidField(f"A display name has at most {MAX_DISPLAY_NAME} characters; this one has {len(name)}.")
    check_storable(name, "display_name")
    if any(character in TURNING or unicodedata.category(character) in FORBIDDEN for character in name):
        raise InvalidField("A display name can't hold characters that control how text is written.")
    if name and not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise InvalidField("A display name needs something that can be seen.")
    plain = unicodedata.normalize("NFKC", name)
    others = User.objects.exclude(pk=user.pk) if user else User.objects.all()
    if name and others.filter(username__iexact=plain).exists():
        raise InvalidField("That is another person's user name.")
    return name


@transaction.atomic
def profile_update(*, user: User, display_name: str) -> User:
    """Give somebody another display name, everywhere at once. Raises InvalidField."""
    name = check_display_name(display_name, user)
    locked = _lock(user)
    if name != locked.display_name:
        locked.display_name = name
        locked.save(update_fields=["display_name"])
        announce_person(locked)
    return locked


def picture_set(*, user: User, data: bytes) -> User:
    """Give somebody the picture that these bytes are of, everywhere at once. Raises what `square_picture` does."""
    image = square_picture(data, owner=user.pk)  # before the lock: it takes its time
    # Keyed: who has a picture can't work out its address, and so not ask whether somebody here has it.
    digest = salted_hmac("rooms.picture", f"{user.pk}:".encode() + image, algorithm="sha256").hexdigest()[:32]
    with transaction.atomic():
        locked = _lock(user)
        if digest != locked.picture_digest:
            Picture.objects.update_or_create(user=locked, defaults={"digest": digest, "image": image})
            _set_digest(locked, digest)
    return locked


@transaction.atomic
def picture_remove(*, user: User) -> User:
    """Let somebody be shown by their initials again. Idempotent."""
    locked = _lock(user)
    if locked.picture_digest:
        Picture.objects.filter(user=locked).delete()
        _set_digest(locked, "")
    return locked


def profile_changed(*, user: User) -> None:
    """Have everybody shown what somebody is called now. Call it after a change that was not made here."""
    announce_person(user)


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _set_digest(user: User, digest: str) -> None:
    user.picture_digest = digest
    user.save(update_fields=["picture_digest"])
    announce_person(user)
