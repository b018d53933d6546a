"""How a person's initials and colour come from their name. static/js/avatar.js does exactly the same."""

import re

from django import template
from django.utils.safestring import SafeString, mark_safe

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


@register.filter
def sanitised(html: str) -> SafeString:
    """A message's `html`, which the server rendered and sanitised when it was written (rooms/markdown.py)."""
    return mark_safe(html)
