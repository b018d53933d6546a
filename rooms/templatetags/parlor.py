"""What templates say of people and messages. The page's scripts (avatar.js, message.js, reactions.js) say the same."""

import re
from typing import Any

import orjson
from django import template
from django.template import Context
from django.utils.safestring import SafeString, mark_safe

from rooms.selectors.sidebar import Sidebar, sidebar_for

PEOPLE_NAMED = 20  # in one line; of more it says how many
OF_READER = r'<span class="mention mention-me"\1'
COLOURS = 12  # the classes avatar-0 to avatar-11 of static/css/avatar.css
register = template.Library()


@register.filter
def initials(name: str) -> str:
    """The first letters of the first two words."""
    words = [word for word in re.split(r"[ ._-]+", name) if word]
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def colour(user_id: int | str | None, user_name: str) -> int:
    """Which of the colours a person has, by the account; guests and who has none any more, by the name."""
    if isinstance(user_id, int):
        return user_id % COLOURS
    number = 0
    for letter in user_name:
        number = (number * 31 + ord(letter)) & 0xFFFFFFFF
    return number % COLOURS


@register.simple_tag
def message_body(html: str, reader: int) -> SafeString:
    """A message's `html`, with what names the reader marked; static/js/message.js does the same.

    The server rendered and sanitised it when it was written (rooms/markdown).
    """
    # As rooms/markdown makes it: what people write is escaped there.
    return mark_safe(re.sub(f'<span class="mention"( data-user="[^"]*" data-user-id="{reader}">)', OF_READER, html))


@register.filter
def as_json(value: Any) -> str:
    """For a script, in an attribute."""
    return orjson.dumps(value).decode() if value else "[]"


@register.filter
def has(reacted: Any, reader: Any) -> bool:
    """Whether somebody is among those who reacted."""
    return any(one["user_id"] == reader for one in reacted or ())


@register.simple_tag
def people(reacted: list[dict[str, Any]], reader: int) -> str:
    """Who they are, in one line; static/js/reactions.js writes the same."""
    names = ", ".join("you" if one["user_id"] == reader else one["display_name"] for one in reacted[:PEOPLE_NAMED])
    more = len(reacted) - PEOPLE_NAMED
    return f"{names} and {more} more" if more > 0 else names


@register.filter
def up_to_99(count: int) -> str:
    """A count that stays short."""
    return str(count) if count <= 99 else "99+"


@register.simple_tag(takes_context=True)
def sidebar(context: Context) -> Sidebar:
    """The rooms of the person who looks at the page."""
    return sidebar_for(context["user"])
