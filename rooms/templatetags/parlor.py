"""What templates say of people and messages. The page's scripts (avatar.js, message.js, reactions.js) say the same."""

import re

from django import template
from django.template import Context
from django.utils.safestring import SafeString, mark_safe

from rooms.selectors import Sidebar, sidebar_for

PEOPLE_NAMED = 20  # in one line; of more it says how many
MENTION = '<span class="mention" data-user="%s">'  # as rooms/markdown makes it; no user name needs escaping
MENTION_OF_READER = '<span class="mention mention-me" data-user="%s">'
COLOURS = 12  # the classes avatar-0 to avatar-11 of static/css/avatar.css
register = template.Library()


@register.filter
def initials(name: str) -> str:
    """The first letters of the first two words."""
    words = [word for word in re.split(r"[ ._-]+", name) if word]
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def colour(user_name: str) -> int:
    """Which of the colours a person has; the same everywhere and for ever."""
    number = 0
    for letter in user_name:
        number = (number * 31 + ord(letter)) & 0xFFFFFFFF
    return number % COLOURS


@register.simple_tag
def message_body(html: str, reader: str) -> SafeString:
    """A message's `html`, with what names the reader marked; static/js/message.js does the same.

    The server rendered and sanitised it when it was written (rooms/markdown).
    """
    return mark_safe(html.replace(MENTION % reader, MENTION_OF_READER % reader))


@register.simple_tag
def people(user_names: list[str], reader: str) -> str:
    """Who they are, in one line; static/js/reactions.js writes the same."""
    names = ", ".join("you" if name == reader else name for name in user_names[:PEOPLE_NAMED])
    more = len(user_names) - PEOPLE_NAMED
    return f"{names} and {more} more" if more > 0 else names


@register.filter
def up_to_99(count: int) -> str:
    """A count that stays short."""
    return str(count) if count <= 99 else "99+"


@register.simple_tag(takes_context=True)
def sidebar(context: Context) -> Sidebar:
    """The rooms of the person who looks at the page."""
    return sidebar_for(context["user"])
