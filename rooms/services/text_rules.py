"""Validation of texts that users send, which may contain anything."""

from __future__ import annotations

import re
from html import unescape

from django.conf import settings
from django.core.exceptions import ValidationError

from rooms.errors import InvalidField, MissingField, NotFound, TooLarge
from rooms.markdown.emoji import qualified_emoji
from rooms.models import User
from rooms.people.confusables import mixes_scripts
from rooms.people.names import INVISIBLE, one_line

MAX_CLIENT_ID_LENGTH = 64
VISIBLE = re.compile(f"[^\\s{INVISIBLE}]")
NAMED_CHARACTER = re.compile("&#?[0-9A-Za-z]{1,32};")
MAX_USER_NAME_LENGTH = 150
NO_TEXT = "A message can't be empty."


def check_content(content: object, *, optional: bool = False) -> str:
    """Return the content of a message if it is valid. It is `optional` for a message that has files.

    Raises MissingField, InvalidField or TooLarge.
    """
    if content is None and optional:
        return ""
    if content is None:
        raise MissingField("content not in message dict")
    if not isinstance(content, str):
        raise InvalidField("content must be a string.")
    if not is_visible(content):
        if optional:
            return ""
        raise InvalidField(NO_TEXT)
    if len(content) > settings.MAX_CONTENT_LENGTH:
        raise TooLarge(f"content: Use at most {settings.MAX_CONTENT_LENGTH} characters; this one has {len(content)}.")
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
        raise InvalidField(f"client_id must be a string of 1 to {MAX_CLIENT_ID_LENGTH} characters.")
    check_storable(client_id, "client_id")
    return client_id


def check_emoji(emoji: object) -> str:
    """Return one emoji in its fully-qualified form.

    Raises MissingField, InvalidField, or NotFound for a string that is not an emoji.
    """
    if emoji is None:
        raise MissingField("emoji not in message dict")
    if not isinstance(emoji, str):
        raise InvalidField("emoji must be a string.")
    qualified = qualified_emoji(emoji)
    if qualified is None:
        raise NotFound("emoji: Unknown emoji.")
    return qualified


def check_guest_name(user_name: object) -> str:
    """Return the normalized name of a guest if it is valid. Raises MissingField or InvalidField."""
    if user_name is None:
        raise MissingField("user_name not in message dict")
    if not isinstance(user_name, str) or len(user_name) > MAX_USER_NAME_LENGTH:
        raise InvalidField(f"user_name must be a string of at most {MAX_USER_NAME_LENGTH} characters.")
    check_storable(user_name, "user_name")
    name = User.normalize_username(user_name)
    try:
        User._meta.get_field("username").clean(name, None)
    except ValidationError as error:
        raise InvalidField(f"user_name: {error.messages[0]}") from error
    if mixes_scripts(name):
        raise InvalidField("user_name: A username can't mix letters of different scripts.")
    return name


def check_line(text: str, field: str) -> str:
    """Return a title or a description with single spaces if it is valid. Raises InvalidField."""
    check_storable(text, field)
    line = one_line(text)
    if line is None:
        raise InvalidField(f"{field}: Remove control characters, and use at least one visible character.")
    return line


def check_storable(text: str, field: str) -> None:
    """Check that the databases can store a text: no NUL, no lone surrogate. Raises InvalidField."""
    if "\0" in text or not is_encodable(text):
        raise InvalidField(f"{field}: Contains a character that can't be stored.")


def is_encodable(text: str) -> bool:
    """Return whether a text is valid Unicode, without lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
