"""Preparation of a message's text for the renderer: protects characters that are not meant as Markdown in a chat."""

from __future__ import annotations

import re
from functools import cache
from secrets import token_hex
from unicodedata import category

from rooms.markdown.blocks import protect_line_starts
from rooms.markdown.links import find_urls, may_contain_urls
from rooms.markdown.protected_characters import SEPARATOR, protect, replace_noncharacters

MAX_COMBINING_MARKS = 6  # above and below a letter; languages that stack marks need fewer

# Tags are text. Left to the renderer: URLs in angle brackets and in links.
TAG = re.compile(r"(?<!\]\()(?<!\\)<(?!(?:https?://|mailto:)[^\s<>]+>|[\w.+-]+@[\w.-]+\.\w+>)", re.IGNORECASE)
LONE_TILDE = re.compile(r"(?<!~)~(?!~)")
WITH_BACKSLASH = re.compile(r"\S*\\\S*")
# A folder or a file pattern, or emoticons with arms: ¯\_(ツ)_/¯, \o/, /o\.
NOT_ESCAPING = re.compile(
    r"^[\"'(\[]*(?:[a-z]:\\|\\\\)|\\(?:\*\.)?[^\W_]|\\$|\\[^\s\\/]{0,20}/|/[^\s\\/]{1,20}\\", re.IGNORECASE
)
# Where a backslash escapes Markdown.
ESCAPE = re.compile(
    r"(?<!\\)\\(?=[*~`|\[\]@<_])|^\\(?=[-+#>])|(?<=^[0-9])\\(?=[.)])|(?<=^[0-9]{2})\\(?=[.)])"
    r"|\\(?=![\[])|(?<=\])\\(?=\()|\\(?=&#?\w+;)|\\(?=:[\w+-]+:)"
)
KEPT_APART = re.compile(r"\\([@:#])")
_secret = token_hex(6)  # so that nobody can type a token that stands for a URL


@cache  # not at the start: it looks at every character
def _stacked_marks() -> re.Pattern[str]:
    mark = "".join(chr(code) for code in range(0x300, 0x10000) if category(chr(code)) in ("Mn", "Me"))
    return re.compile(f"([{mark}]{{{MAX_COMBINING_MARKS}}})[{mark}]+")


def prepare_source(text: str) -> tuple[str, list[Url]]:
    """Return the text for the renderer, and the URLs that tokens in it stand for."""
    if not text.isascii():
        text = _stacked_marks().sub(r"\1", replace_noncharacters(text))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    urls: list[Url] = []
    if may_contain_urls(text):
        text = _replace_urls(text, urls)
    if "\\" in text:
        text = KEPT_APART.sub(rf"\\\1{SEPARATOR}", WITH_BACKSLASH.sub(_protect_word, text))
    if "<" in text:
        text = TAG.sub(protect("<"), text)
    if "~" in text:
        text = LONE_TILDE.sub(protect("~"), text)
    if "]:" in text:  # reference definitions are not supported
        text = text.replace("]:", protect("]") + ":")
    return protect_line_starts(text), urls


Url = tuple[str, str | None]  # as typed, and its target
TOKEN = re.compile(rf"{_secret}x([0-9]+)x")


def _replace_urls(text: str, urls: list[Url]) -> str:
    parts, position = [], 0
    for begin, end, target in find_urls(text):
        parts += [text[position:begin], f"{_secret}x{len(urls)}x"]
        urls.append((text[begin:end], target))
        position = end
    return "".join([*parts, text[position:]])


def _protect_word(match: re.Match[str]) -> str:
    word = match[0]
    if NOT_ESCAPING.search(word):
        return re.sub(r"\\(?!`)|[*_~]", lambda mark: protect(mark[0]), word)
    parts, position = [], 0
    for escape in ESCAPE.finditer(word):
        parts += [protect_backslashes(word[position : escape.start()]), "\\"]
        position = escape.end()
    return "".join([*parts, protect_backslashes(word[position:])])


def protect_backslashes(text: str) -> str:
    """Protect backslashes from being read as escapes by the renderer."""
    return text.replace("\\", protect("\\"))
