"""Rendering of message text as HTML that is safe to put into a page. docs/formatting.md describes the syntax."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import unescape
from types import MappingProxyType

import comrak
import nh3

from rooms.markdown.bounds import as_typed, is_visible, is_within_bounds, tables_within_bounds
from rooms.markdown.code_highlighting import HIGHLIGHT_CLASSES, highlight_code
from rooms.markdown.emoji import may_contain_shortcodes, only_emoji
from rooms.markdown.html_rewriting import HtmlRewriter
from rooms.markdown.mentions import (
    EVERYBODY,
    Member,
    may_mention_everybody,
    mention_html,
    mentioned_user_ids,
    possible_mentions,
    rename_mentions,
    room_mention_in,
)
from rooms.markdown.protected_characters import restore_in_html
from rooms.markdown.room_links import room_names_in
from rooms.markdown.source import prepare_source
from rooms.people.names import NAMES_OF_EVERYBODY

__all__ = [
    "EVERYBODY",
    "NOBODY",
    "TAGS",
    "Member",
    "may_mention_everybody",
    "mention_html",
    "mentioned_user_ids",
    "plain_text",
    "possible_mentions",
    "rename_mentions",
    "render_markdown",
    "room_mention_in",
    "room_names_in",
]

EXTENSIONS = comrak.ExtensionOptions()
EXTENSIONS.strikethrough = EXTENSIONS.table = EXTENSIONS.tasklist = EXTENSIONS.cjk_friendly_emphasis = True
WITHOUT_TABLES = comrak.ExtensionOptions()
WITHOUT_TABLES.strikethrough = WITHOUT_TABLES.tasklist = WITHOUT_TABLES.cjk_friendly_emphasis = True
RENDERING = comrak.RenderOptions()
RENDERING.hardbreaks = True  # in a chat, line breaks are intentional
RENDERING.escape = True  # HTML in a message is shown as text
RENDERING.unsafe_ = True  # `HtmlRewriter` decides which links are allowed
PARSING = comrak.ParseOptions()
PARSING.ignore_setext = True  # a line of dashes below a line does not make it a heading
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
        "span": {"class": {"mention", *HIGHLIGHT_CLASSES}, "data-mention": set(NAMES_OF_EVERYBODY)},
    },
    set_tag_attribute_values={"input": {"aria-label": "To do", "disabled": "", "type": "checkbox"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)
NO_TAGS = nh3.Cleaner(tags=set())
NOBODY: Mapping[str, Member] = MappingProxyType({})


def render_markdown(content: str, members: Mapping[str, Member] = NOBODY, rooms: Collection[str] = ()) -> str:
    """Render GitHub-flavoured Markdown as HTML, with only the tags, attributes and URL schemes listed in this module.

    `members` are the users who can be mentioned, by the `name_key` of their user names, and `rooms` the names of rooms
    that `#name` can link to. HTML in `content` is escaped; the allow-list is a second line of defence. Text that
    exceeds the bounds, or would be invisible, is shown as typed.
    """
    if not content:  # a message of files
        return ""
    if emoji := only_emoji(content):
        html = f'<p class="emoji-only">{emoji}</p>'
    else:
        html = _rendered(content, members, rooms)
        if '<code class="language-' in html and is_within_bounds(highlighted := highlight_code(html)):
            html = highlighted
        if not is_within_bounds(html) or not is_visible(html):
            html = as_typed(content)
    if html.startswith("<p>") and html.endswith("</p>\n") and html.count("<") == 2:  # most messages: one paragraph
        return html[:-1].replace("&quot;", '"')
    return SANITISER.clean(html).strip()


def plain_text(html: str) -> str:
    """Return rendered HTML without its markup."""
    return unescape(NO_TAGS.clean(html))


def _rendered(content: str, members: Mapping[str, Member], rooms: Collection[str]) -> str:
    text, urls = prepare_source(content)
    extensions = EXTENSIONS if "|" not in text or tables_within_bounds(text) else WITHOUT_TABLES
    html = comrak.render_markdown(text, extensions, PARSING, RENDERING)
    plain_ascii = text.isascii()
    if (
        urls
        or rooms
        or "](" in text
        or "<" in text
        or "@" in text
        or (not plain_ascii and "\uff20" in text)
        or (":" in text and may_contain_shortcodes(text))
    ):
        html = HtmlRewriter(members, rooms, urls).rewrite(html)
    return html if plain_ascii else restore_in_html(html)
