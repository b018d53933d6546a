"""A message's text as HTML that is safe to put into a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from types import MappingProxyType

import comrak
import nh3

from rooms.emoji import only_emoji
from rooms.markdown.bounds import as_typed, is_within_bounds, may_hold_tables
from rooms.names import name_key

EXTENSIONS = comrak.ExtensionOptions()
EXTENSIONS.autolink = EXTENSIONS.strikethrough = EXTENSIONS.table = EXTENSIONS.tasklist = True
WITHOUT_TABLES = comrak.ExtensionOptions()
WITHOUT_TABLES.autolink = WITHOUT_TABLES.strikethrough = WITHOUT_TABLES.tasklist = True
RENDERING = comrak.RenderOptions()
RENDERING.hardbreaks = True  # a line break in a chat is meant
RENDERING.escape = True  # HTML in a message is text about HTML
PARSING = comrak.ParseOptions()
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
        "span": {"data-user"},
        "td": {"align"},
        "th": {"align"},
    },
    tag_attribute_values={
        "input": {"type": {"checkbox"}},
        "p": {"class": {"emoji-only"}},
        "span": {"class": {"mention"}},
    },
    set_tag_attribute_values={"input": {"aria-label": "To do", "disabled": "", "type": "checkbox"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)
NO_TAGS = nh3.Cleaner(tags=set())
NOBODY: Mapping[str, str] = MappingProxyType({})

# Names are what Django takes as such; of one that ends a sentence, its dot is not a part unless somebody is called so.
NAME = r"[\w.@+-]{1,150}"
MAYBE_AFTER = ".@+-_"
POSSIBLE_NAME = re.compile(f"@({NAME})")
# In what the renderer writes, every < begins a tag. An address after an @ is a name that it took for one.
PIECE = re.compile(
    r'(?<![\w.@+/-])@<a href="mailto:[^"]*">(?P<address>[^<]*)</a>'
    rf"|(?<![\w.@+/-])@(?P<name>{NAME})"
    r"|<(?P<end>/?)(?P<tag>[a-z0-9]+)(?P<attributes>[^>]*)>"
)
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
MENTION = re.compile(r'<span class="mention" data-user="([^"]+)">')
WITHOUT_MENTIONS = {"a", "code", "pre"}


def render_markdown(content: str, members: Mapping[str, str] = NOBODY) -> str:
    """GitHub-flavoured Markdown as HTML, with only the tags, attributes and link schemes listed here.

    `members` are the user names that may be mentioned, by their `name_key`. HTML in `content` is escaped by the
    renderer; the allow-list is the second wall. What would be too much for a message is shown as it was typed.
    """
    if emoji := only_emoji(content):
        html = f'<p class="emoji-only">{emoji}</p>'
    else:
        extensions = EXTENSIONS if may_hold_tables(content) else WITHOUT_TABLES
        html = comrak.render_markdown(content, extensions, PARSING, RENDERING)
        if (members and "@" in content) or "<img " in html or 'href=""' in html:
            html = _Rewriting(members).of(html)
        if not is_within_bounds(html):
            html = as_typed(content)
    return SANITISER.clean(html).strip()


def plain_text(html: str) -> str:
    """What `render_markdown` gave, without its markup."""
    return unescape(NO_TAGS.clean(html))


def names_in(content: str) -> set[str]:
    """The names that a message may mention, as written. What of them it does, `render_markdown` finds."""
    return {form for name in POSSIBLE_NAME.findall(content) for form in _forms(name)}


def mentioned_in(html: str) -> list[str]:
    """The user names that `render_markdown` found mentioned."""
    return MENTION.findall(html)


def _forms(name: str) -> list[str]:
    """What may be meant by the name after an @, the longest first."""
    if name[-1] not in MAYBE_AFTER:
        return [name]
    return [form for form in dict.fromkeys((name, name[:-1], name.rstrip(MAYBE_AFTER))) if form]


class _Rewriting:
    """Mentions as spans, images as links, refused links without the empty address that the renderer leaves them."""

    def __init__(self, members: Mapping[str, str]) -> None:
        self.members = members
        self.depth = 0  # in elements that hold no mentions

    def of(self, html: str) -> str:
        return PIECE.sub(self._piece, html)

    def _piece(self, match: re.Match[str]) -> str:
        if name := match["name"] or match["address"]:
            return match[0] if self.depth else self._mention(name) or match[0]
        tag = match["tag"]
        if tag in WITHOUT_MENTIONS:
            self.depth += -1 if match["end"] else 1
        if tag == "a" and ' href=""' in match["attributes"]:
            return "<a>"
        if tag == "img":
            return self._link(dict(ATTRIBUTE.findall(match["attributes"])))
        return match[0]

    def _mention(self, name: str) -> str | None:
        for form in _forms(name):
            if member := self.members.get(form) or self.members.get(name_key(form)):
                after = name[len(form) :]
                return f'<span class="mention" data-user="{member}">@{member}</span>{after}'
        return None

    def _link(self, image: dict[str, str]) -> str:
        words = image["alt"] or image["src"]
        if self.depth:
            return words
        return f'<a href="{image["src"]}">{words}</a>' if image["src"] else f"<a>{words}</a>"
