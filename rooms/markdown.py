"""A message's text as HTML that is safe to put into a page."""

from html import unescape

import comrak
import nh3

EXTENSIONS = comrak.ExtensionOptions()
EXTENSIONS.autolink = EXTENSIONS.strikethrough = EXTENSIONS.table = EXTENSIONS.tasklist = True
RENDERING = comrak.RenderOptions()
RENDERING.hardbreaks = True  # a line break in a chat is meant
RENDERING.escape = True  # HTML in a message is text about HTML
RENDERING.github_pre_lang = True
PARSING = comrak.ParseOptions()
TAGS = {
    *("p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "input"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
SANITISER = nh3.Cleaner(
    tags=TAGS,
    attributes={
        "a": {"href", "title"},
        "input": {"checked", "disabled"},
        "ol": {"start"},
        "pre": {"lang"},
        "td": {"align"},
        "th": {"align"},
    },
    tag_attribute_values={"input": {"type": {"checkbox"}}},
    set_tag_attribute_values={"input": {"disabled": "", "type": "checkbox"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)

NO_TAGS = nh3.Cleaner(tags=set())


def render_markdown(content: str) -> str:
    """GitHub-flavoured Markdown as HTML, with only the tags, attributes and link schemes listed here.

    HTML in `content` is escaped by the renderer; the allow-list is the second wall.
    """
    html = comrak.render_markdown(content, EXTENSIONS, PARSING, RENDERING)
    return SANITISER.clean(html).strip()


def plain_text(html: str) -> str:
    """What `render_markdown` gave, without its markup."""
    return unescape(NO_TAGS.clean(html))
