"""A message's text as HTML that is safe to put into a page. What it makes of a text: docs/formatting.md."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import unescape
from types import MappingProxyType

import comrak
import nh3

from rooms.markdown.bounds import as_typed, is_within_bounds, may_hold_tables, shows_something
from rooms.markdown.emoji import names_emoji, only_emoji
from rooms.markdown.html_rewriting import Rewriting
from rooms.markdown.mentions import Member, mention_of, mentioned_in, names_in, with_new_name
from rooms.markdown.placeholders import shown_in_html
from rooms.markdown.room_links import room_names_in
from rooms.markdown.source import prepared

__all__ = [
    "NOBODY",
    "TAGS",
    "Member",
    "mention_of",
    "mentioned_in",
    "names_in",
    "plain_text",
    "render_markdown",
    "room_names_in",
    "with_new_name",
]

EXTENSIONS = comrak.ExtensionOptions()
EXTENSIONS.strikethrough = EXTENSIONS.table = EXTENSIONS.tasklist = EXTENSIONS.cjk_friendly_emphasis = True
WITHOUT_TABLES = comrak.ExtensionOptions()
WITHOUT_TABLES.strikethrough = WITHOUT_TABLES.tasklist = WITHOUT_TABLES.cjk_friendly_emphasis = True
RENDERING = comrak.RenderOptions()
RENDERING.hardbreaks = True  # a line break in a chat is meant
RENDERING.escape = True  # HTML in a message is text about HTML
RENDERING.unsafe_ = True  # whatever address a link has, `Rewriting` decides
PARSING = comrak.ParseOptions()
PARSING.ignore_setext = True  # a line under another does not make it a heading
TAGS = {
    *("p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "input", "span"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
SANITISER = nh3.Cleaner(
    tags=TAGS,
    attributes={
        "a": {"href", "title"},
        "input": {"checked", "disabled"},
        "ol": {"start"},
        "span": {"data-user", "data-user-id"},
        "td": {"align"},
        "th": {"align"},
    },
    tag_attribute_values={
        "a": {"class": {"room-link"}},
        "input": {"type": {"checkbox"}},
        "p": {"class": {"emoji-only"}},
        "span": {"class": {"mention"}},
    },
    set_tag_attribute_values={"input": {"aria-label": "To do", "disabled": "", "type": "checkbox"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)
NO_TAGS = nh3.Cleaner(tags=set())
NOBODY: Mapping[str, Member] = MappingProxyType({})


def render_markdown(content: str, members: Mapping[str, Member] = NOBODY, rooms: Collection[str] = ()) -> str:
    """GitHub-flavoured Markdown as HTML, with only the tags, attributes and link schemes listed here.

    `members` are those who may be mentioned, by the `name_key` of their names, and `rooms` the names of the rooms to
    which `#name` may link. HTML in `content` is text; the
    allow-list is the second wall. What would be too much for a message, or would show nothing, is shown as it was
    typed.
    """
    if emoji := only_emoji(content):
        html = f'<p class="emoji-only">{emoji}</p>'
    else:
        html = _rendered(content, members, rooms)
        if not is_within_bounds(html) or not shows_something(html):
            html = as_typed(content)
    if html.startswith("<p>") and html.endswith("</p>\n") and html.count("<") == 2:  # most messages: one paragraph
        return html[:-1].replace("&quot;", '"')
    return SANITISER.clean(html).strip()


def plain_text(html: str) -> str:
    """What `render_markdown` gave, without its markup."""
    return unescape(NO_TAGS.clean(html))


def _rendered(content: str, members: Mapping[str, Member], rooms: Collection[str]) -> str:
    text, addresses = prepared(content)
    extensions = EXTENSIONS if "|" not in text or may_hold_tables(text) else WITHOUT_TABLES
    html = comrak.render_markdown(text, extensions, PARSING, RENDERING)
    plain_ascii = text.isascii()
    if (
        addresses
        or rooms
        or "](" in text
        or "<" in text
        or "@" in text
        or (not plain_ascii and "\uff20" in text)
        or (":" in text and names_emoji(text))
    ):
        html = Rewriting(members, rooms, addresses).of(html)
    return html if plain_ascii else shown_in_html(html)
