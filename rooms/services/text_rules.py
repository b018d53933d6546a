"""Validation of texts that users send, which may contain anything."""

from __future__ import annotations

import re
from html import unescape

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import InvalidField, MissingField, NotFound, TooLarge
from rooms.markdown.emoji import qualified_emoji
from rooms.models import User
from rooms.people.confusables import mixes_scripts
from rooms.people.names import INVISIBLE, one_line

MAX_CLIENT_ID_LENGTH = 64
TOO_LONG = ngettext_lazy(
    "Use at most %(maximum)d character; this one has %(length)d.",
    "Use at most %(maximum)d characters; this one has %(length)d.",
    "maximum",
)
VISIBLE = re.compile(f"[^\\s{INVISIBLE}]")
NAMED_CHARACTER = re.compile("&#?[0-9A-Za-z]{1,32};")
MAX_USER_NAME_LENGTH = 150
NO_TEXT = _("A message can't be empty.")


def check_content(content: object, *, optional: bool = False) -> str:
    """Return the content of a message if it is valid. It is `optional` for a message that has files.

    Raises MissingField, InvalidField or TooLarge.
    """
    if content is None and optional:
        return ""
    if content is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": "content"})
    if not isinstance(content, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "content"})
    if not is_visible(content):
        if optional:
            return ""
        raise InvalidField(NO_TEXT)
    if len(content) > settings.MAX_CONTENT_LENGTH:
        lengths = {"maximum": settings.MAX_CONTENT_LENGTH, "length": len(content)}
        raise TooLarge(TOO_LONG, lengths, field="content")
    check_storable(content, "content")
    return content


def is_visible(content: str) -> bool:
    """Return whether a text contains a visible character, as it is or as an HTML character reference."""
    if "&" in content:
        content = NAMED_CHARACTER.sub(lambda match: unescape(match[0]), content)
    return VISIBLE.search(content) is not None


def check_client_id(client_id: object) -> str | None:
    """Return a client_id if it is valid, or None if there is none. Raises InvalidField."""
    if client_id is None:
        return None
    if not isinstance(client_id, str) or not 0 < len(client_id) <= MAX_CLIENT_ID_LENGTH:
        sentence = ngettext_lazy(
            "%(field)s must be a string of 1 to %(maximum)d character.",
            "%(field)s must be a string of 1 to %(maximum)d characters.",
            "maximum",
        )
        raise InvalidField(sentence, {"field": "client_id", "maximum": MAX_CLIENT_ID_LENGTH})
    check_storable(client_id, "client_id")
    return client_id


def check_emoji(emoji: object) -> str:
    """Return one emoji in its fully-qualified form.

    Raises MissingField, InvalidField, or NotFound for a string that is not an emoji.
    """
    if emoji is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": "emoji"})
    if not isinstance(emoji, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "emoji"})
    qualified = qualified_emoji(emoji)
    if qualified is None:
        raise NotFound(_("Unknown emoji."), field="emoji")
    return qualified


def check_guest_name(user_name: object) -> str:
    """Return the normalized name of a guest if it is valid. Raises MissingField or InvalidField."""
    if user_name is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": "user_name"})
    if not isinstance(user_name, str) or len(user_name) > MAX_USER_NAME_LENGTH:
        sentence = ngettext_lazy(
            "%(field)s must be a string of at most %(maximum)d character.",
            "%(field)s must be a string of at most %(maximum)d characters.",
            "maximum",
        )
        raise InvalidField(sentence, {"field": "user_name", "maximum": MAX_USER_NAME_LENGTH})
    check_storable(user_name, "user_name")
    name = User.normalize_username(user_name)
    try:
        User._meta.get_field("username").clean(name, None)
    except ValidationError as error:
        raise InvalidField.of(error, "user_name") from error
    if mixes_scripts(name):
        raise InvalidField(_("A username can't mix letters of different scripts."), field="user_name")
    return name


def check_line(text: str, field: str) -> str:
    """Return a title or a description with single spaces if it is valid. Raises InvalidField."""
    check_storable(text, field)
    line = one_line(text)
    if line is None:
        raise InvalidField(_("Remove control characters, and use at least one visible character."), field=field)
    return line


def check_storable(text: str, field: str) -> None:
    """Check that the databases can store a text: no NUL, no lone surrogate. Raises InvalidField."""
    if "\0" in text or not is_encodable(text):
        raise InvalidField(_("Contains a character that can't be stored."), field=field)


def is_encodable(text: str) -> bool:
    """Return whether a text is valid Unicode, without lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
