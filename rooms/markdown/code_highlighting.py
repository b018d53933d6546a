"""Highlights code in fences that name their language: what is a keyword, a string, a comment and the like.

Only common languages: a lexer runs on text that anybody writes, and those of rare languages are less well tested.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape

from pygments.lexer import Lexer
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, Token, _TokenType

NAMES = (
    "bash c c++ cpp cs csharp console css diff docker dockerfile elixir erlang go golang graphql haskell html http "
    "ini java javascript js json jsx julia kotlin less lua make makefile markdown md nginx nix objective-c ocaml "
    "perl php powershell ps1 proto protobuf py python python3 r rb rs ruby rust sass scala scss sh shell sql swift "
    "terraform tf toml ts tsx typescript xml yaml yml zig zsh"
)
LANGUAGES = frozenset(NAMES.split())
# What is marked, the more specific kinds first. Names, operators and punctuation stay as they are.
CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "hl-comment"),
    (Keyword, "hl-keyword"),
    (Operator.Word, "hl-keyword"),
    (Name.Tag, "hl-keyword"),
    (String, "hl-string"),
    (Number, "hl-number"),
    (Name.Function, "hl-name"),
    (Name.Class, "hl-name"),
    (Name.Decorator, "hl-name"),
    (Name.Attribute, "hl-name"),
    (Name.Builtin, "hl-builtin"),
    (Name.Variable, "hl-builtin"),
    (Generic.Inserted, "hl-inserted"),
    (Generic.Deleted, "hl-deleted"),
    (Generic.Heading, "hl-name"),
    (Generic.Subheading, "hl-name"),
    (Generic.Prompt, "hl-comment"),
)
HIGHLIGHT_CLASSES = {name for _, name in CLASSES}
FENCE = re.compile(r'<pre><code class="language-([^" ]+)[^"]*">(.*?)</code></pre>', re.DOTALL)
MAX_CODE = 20_000  # characters


def highlight_code(html: str) -> str:
    """Return rendered HTML with its code highlighted, where the language is known."""
    return FENCE.sub(_highlighted, html)


def _highlighted(match: re.Match[str]) -> str:
    language, code = unescape(match[1]).lower(), unescape(match[2])
    if language not in LANGUAGES or len(code) > MAX_CODE:
        return match[0]
    parts, open_class, text = [], "", ""
    for kind, value in _lexer(language).get_tokens(code):
        name = _class_of(kind) if value.strip() else open_class
        if name != open_class:
            parts.append(_span(open_class, text))
            open_class, text = name, ""
        text += value
    parts.append(_span(open_class, text))
    return f"<pre><code>{''.join(parts)}</code></pre>"


def _span(name: str, text: str) -> str:
    return f'<span class="{name}">{escape(text, quote=False)}</span>' if name and text else escape(text, quote=False)


@lru_cache
def _lexer(language: str) -> Lexer:
    from pygments.lexers import get_lexer_by_name  # a server doesn't need it at its start

    # The text stays as it is: no line breaks added or removed.
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@lru_cache(maxsize=1024)
def _class_of(kind: _TokenType) -> str:
    if kind is Token.Text:
        return ""
    return next((name for parent, name in CLASSES if kind in parent), "")
