"""Template tags for the files of messages. static/js/attachments.js and file_size.js do the same."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from rooms.files.sizes import file_size

MAX_WIDTH, MAX_HEIGHT = 400, 300  # pixels of a picture in a message
EXTENSION = re.compile(r"[^.]\.([a-z0-9]{1,5})\Z", re.IGNORECASE | re.ASCII)
register = template.Library()
register.filter(file_size)


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


@register.simple_tag
def pictures(files: Iterable[dict[str, Any]]) -> SafeString:
    """A message's pictures, from the wire forms of its files; with nothing around them, so that `:empty` is true."""
    return _items("rooms/_picture.html", ({"file": file} for file in files or () if "thumbnail" in file))


@register.simple_tag
def other_files(files: Iterable[dict[str, Any]]) -> SafeString:
    """A message's files that are not pictures."""
    others = (file for file in files or () if "thumbnail" not in file)
    return _items("rooms/_file.html", ({"file": file, "kind": file["kind"]} for file in others))


def _items(template_name: str, contexts: Iterable[dict[str, Any]]) -> SafeString:
    item = get_template(template_name)
    return mark_safe("".join(item.render(context).strip() for context in contexts))


@register.simple_tag
def fitted(file: dict[str, Any] | str) -> Size:
    """The size of a picture in the list: within the limits, never enlarged. Of nothing in the template for scripts."""
    if not isinstance(file, dict):
        return Size(0, 0)
    scale = min(1, MAX_WIDTH / file["width"], MAX_HEIGHT / file["height"])
    return Size(*(max(1, int(length * scale + 0.5)) for length in (file["width"], file["height"])))


@register.filter
def file_label(name: str) -> str:
    """What kind of file a name promises: its extension in capitals, or the word for a file."""
    found = EXTENSION.search(name)
    return found[1].upper() if found else _("File")
