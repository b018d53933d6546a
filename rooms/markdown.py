"""A message's text as HTML that is safe to put into a page."""

import cmarkgfm
import nh3
from cmarkgfm.cmark import Options

OPTIONS = Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_GITHUB_PRE_LANG
EXTENSIONS = ["table", "autolink", "strikethrough"]
TAGS = {
    *("p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
SANITISER = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}, "pre": {"lang"}, "th": {"align"}, "td": {"align"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)


def render_markdown(content: str) -> str:
    """GitHub-flavoured Markdown as HTML, with only the tags, attributes and link schemes listed here.

    HTML in `content` is escaped by the renderer; the allow-list is the second wall.
    """
    return SANITISER.clean(cmarkgfm.markdown_to_html_with_extensions(content, OPTIONS, EXTENSIONS)).strip()
