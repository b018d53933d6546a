"""The normal form of names. Two names that look the same, ignoring case, are the same name."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Invisible characters: Unicode's Default_Ignorable_Code_Point, controls, annotation marks, the empty Braille pattern.
INVISIBLE = (
    "\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
NAMES_OF_EVERYBODY = ("room", "here")  # in a room, and who is online there; in the form of `name_key`
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# Controls other than spaces, and characters that change the text direction.
STEERING = "\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069"
# For text on a line with others, and for the API's description: empty, or with a visible character.
LINE_PATTERN = rf"^(\s*|[^{STEERING}]*[^\s{INVISIBLE}][^{STEERING}]*)$"
_LINE = re.compile(LINE_PATTERN)


def name_key(name: str) -> str:
    """Return the key that names are compared by: NFKC, without case, invisible characters and surrounding spaces.

    It may be empty, and it is its own key. For assigned Unicode characters it never changes:
    https://www.unicode.org/policies/stability_policy.html
    """
    if name.isascii() and name.isprintable():
        return name.strip().lower()
    while True:
        # One round is not always enough: case folding leaves some letters in a form that NFKC composes to a capital.
        key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _INVISIBLE.sub("", name)).casefold()).strip()
        if key == name:
            return key
        name = key


def has_invisible(name: str) -> bool:
    """Return whether some of the text is invisible."""
    return _INVISIBLE.search(name) is not None


def validate_user_name(name: str) -> None:
    """Reject names that look empty, like punctuation or like a path: `..` is one in every URL.

    Applies in addition to Django's allowed characters. Raises ValidationError.
    """
    if has_invisible(unicodedata.normalize("NFKC", name)):
        raise ValidationError(_("A username can't contain invisible characters."))
    if not any(character.isalnum() for character in name):
        raise ValidationError(_("A username needs a letter or a digit."))


def one_line(text: str) -> str | None:
    """Return a title with single spaces, or None if it changes the text direction or is invisible."""
    return " ".join(text.split()) if _LINE.match(text) else None
