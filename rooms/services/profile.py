"""Display names, pictures, time zones and languages."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import InvalidField
from rooms.events import announce_profile
from rooms.files.pictures import square_picture
from rooms.markdown.emoji import replace_emoji
from rooms.models import Picture, User, UserName
from rooms.people.names import has_invisible
from rooms.people.time_zones import MAX_ZONE_LENGTH
from rooms.people.time_zones import time_zone as named_zone
from rooms.services.locking import check_not_muted
from rooms.services.text_rules import check_storable

MAX_DISPLAY_NAME = 80
# For the API schema: no control characters, and only invisible ones that emoji or the spelling of names need.
DISPLAY_NAME_PATTERN = (
    r"^[\s\u001c-\u001f\u0085]*[^\u0000-\u001f\u007f-\u009f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891"
    r"\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f"
    "\U000e0080-\U000e0fff"
    r"]*[\s\u001c-\u001f\u0085]*$"
)
# On one letter; more would cover the lines around it: https://www.unicode.org/reports/tr39/#Optional_Detection
MAX_MARKS = 4
CONTROLS = {"Cc", "Cf", "Zl", "Zp"}  # Unicode categories of characters that control how text is displayed
SPACES = re.compile(r"[^\S\x09-\x0d\x1c-\x1f\x85\u2028\u2029]+")  # without those that end lines
JOINERS = {"\u200c", "\u200d"}  # needed to spell Persian and Indian names


def check_display_name(text: object, user: User | None = None) -> str:
    """Return a display name with single spaces, if it is acceptable; empty for none. Raises InvalidField."""
    if not isinstance(text, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "display_name"})
    check_storable(text, "display_name")
    text = unicodedata.normalize("NFC", text)
    if len(text) > MAX_DISPLAY_NAME:
        sentence = ngettext_lazy(
            "Display name: use at most %(maximum)d character; this one has %(length)d.",
            "Display name: use at most %(maximum)d characters; this one has %(length)d.",
            "maximum",
        )
        raise InvalidField(sentence, {"maximum": MAX_DISPLAY_NAME, "length": len(text)})
    name = SPACES.sub(" ", text.strip())
    letters = replace_emoji(name, "x")  # emoji are made of characters that are invisible on their own
    if any(unicodedata.category(letter) in CONTROLS or has_invisible(letter) for letter in {*letters} - JOINERS):
        raise InvalidField(_("Display name: remove control and invisible characters."))
    if any(
        len(list(run)) > MAX_MARKS
        for marks, run in groupby(unicodedata.normalize("NFD", letters), key=_is_mark)
        if marks
    ):
        sentence = ngettext_lazy(
            "Display name: use at most %(maximum)d accent on a letter.",
            "Display name: use at most %(maximum)d accents on a letter.",
            "maximum",
        )
        raise InvalidField(sentence, {"maximum": MAX_MARKS})
    if name and not any(unicodedata.category(letter)[0] not in "ZM" for letter in letters):
        raise InvalidField(_("Display name: use at least one visible character."))
    if name and UserName.objects.unavailable([name], other_than=user):
        raise InvalidField(
            _("Display name: this is another person's username, or looks like one. Choose another name.")
        )
    return name


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in {"Mn", "Me"}


@transaction.atomic
def profile_update(
    *,
    user: User,
    display_name: str | None = None,
    show_link_previews: bool | None = None,
    time_zone: str | None = None,
    language: str | None = None,
) -> User:
    """Change the given fields of a user's profile, and announce a new display name.

    An empty time zone hides the user's local time; an empty language stands for that of the browser.
    Raises InvalidField, or Muted when the user is muted everywhere and the display name changes.
    """
    name = None if display_name is None else check_display_name(display_name, user)
    if time_zone:
        check_time_zone(time_zone)
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidField(_("There is no such language."), field="language")
    locked = _lock(user)
    if show_link_previews is not None:
        locked.show_link_previews = show_link_previews
        locked.save(update_fields=["show_link_previews"])
    if time_zone is not None:
        locked.time_zone = time_zone
        locked.save(update_fields=["time_zone"])
    if language is not None:
        locked.language = language
        locked.save(update_fields=["language"])
    if name is not None and name != locked.display_name:
        check_not_muted(user.pk)
        locked.display_name = name
        locked.save(update_fields=["display_name"])
        announce_profile(locked)
    return locked


def check_time_zone(name: str) -> None:
    """Check that there is a time zone with this name. Raises InvalidField."""
    if len(name) > MAX_ZONE_LENGTH:
        raise InvalidField(_("There is no such time zone."), field="time_zone")
    named_zone(name, "time_zone")


def picture_set(*, user: User, data: bytes) -> User:
    """Set a user's picture from an image file, and announce it. Raises Muted, and what `square_picture` raises."""
    check_not_muted(user.pk)
    image = square_picture(data, owner=user.pk)  # before locking: it is slow
    # Keyed, so that a person who has the image can't compute its URL and find out whether a user here has it.
    digest = salted_hmac("rooms.picture", f"{user.pk}:".encode() + image, algorithm="sha256").hexdigest()[:32]
    with transaction.atomic():
        locked = _lock(user)
        if digest != locked.picture_digest:
            Picture.objects.update_or_create(user=locked, defaults={"digest": digest, "image": image})
            _set_digest(locked, digest)
    return locked


@transaction.atomic
def picture_remove(*, user: User) -> User:
    """Remove a user's picture, so that their initials are shown again. Idempotent."""
    locked = _lock(user)
    if locked.picture_digest:
        Picture.objects.filter(user=locked).delete()
        _set_digest(locked, "")
    return locked


def profile_announce(*, user: User) -> None:
    """Announce a user's name and picture. Call it after a change that was not made here."""
    announce_profile(user)


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _set_digest(user: User, digest: str) -> None:
    user.picture_digest = digest
    user.save(update_fields=["picture_digest"])
    announce_profile(user)
