"""A message's text as the renderer is to see it: what nobody means as Markdown in a chat is hidden from it."""

from __future__ import annotations

import re
from secrets import token_hex
from unicodedata import category

from rooms.markdown.blocks import settle
from rooms.markdown.links import addresses_in, may_hold_addresses
from rooms.markdown.placeholders import NOTHING, hidden, without_noncharacters

MOST_MARKS = 6  # above and below a letter; the languages that stack them need fewer
MARK = "".join(chr(code) for code in range(0x300, 0x10000) if category(chr(code)) in ("Mn", "Me"))
STACKED = re.compile(f"([{MARK}]{{{MOST_MARKS}}})[{MARK}]+")

# Tags are text here. What is left to the renderer: addresses in angle brackets, and those in links.
TAG = re.compile(r"(?<!\]\()(?<!\\)<(?!(?:https?://|mailto:)[^\s<>]+>|[\w.+-]+@[\w.-]+\.\w+>)", re.IGNORECASE)
LONE_TILDE = re.compile(r"(?<!~)~(?!~)")
WITH_BACKSLASH = re.compile(r"\S*\\\S*")
# A folder or a pattern of files; and arms: ¯\_(ツ)_/¯, \o/, /o\.
NOT_ESCAPING = re.compile(
    r"^[\"'(\[]*(?:[a-z]:\\|\\\\)|\\(?:\*\.)?[^\W_]|\\$|\\[^\s\\/]{0,20}/|/[^\s\\/]{1,20}\\", re.IGNORECASE
)
# Where a backslash keeps what follows from being Markdown.
ESCAPE = re.compile(
    r"(?<!\\)\\(?=[*~`|\[\]@<_])|^\\(?=[-+#>])|(?<=^[0-9])\\(?=[.)])|(?<=^[0-9]{2})\\(?=[.)])"
    r"|\\(?=![\[])|(?<=\])\\(?=\()|\\(?=&#?\w+;)|\\(?=:[\w+-]+:)"
)
KEPT_APART = re.compile(r"\\([@:#])")
_secret = token_hex(6)  # so that nobody can write what stands for an address


def prepared(text: str) -> tuple[str, list[Address]]:
    """The text for the renderer, and the addresses in it, for which it holds tokens."""
    if not text.isascii():
        text = STACKED.sub(r"\1", without_noncharacters(text))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    addresses: list[Address] = []
    if may_hold_addresses(text):
        text = _with_tokens(text, addresses)
    if "\\" in text:
        text = KEPT_APART.sub(rf"\\\1{NOTHING}", WITH_BACKSLASH.sub(_backslashes, text))
    if "<" in text:
        text = TAG.sub(hidden("<"), text)
    if "~" in text:
        text = LONE_TILDE.sub(hidden("~"), text)
    if "]:" in text:  # what a link leads to is said in the link
        text = text.replace("]:", hidden("]") + ":")
    return settle(text), addresses


Address = tuple[str, str | None]  # as written, and where it leads
TOKEN = re.compile(rf"{_secret}x([0-9]+)x")


def _with_tokens(text: str, addresses: list[Address]) -> str:
    parts, position = [], 0
    for begin, end, target in addresses_in(text):
        parts += [text[position:begin], f"{_secret}x{len(addresses)}x"]
        addresses.append((text[begin:end], target))
        position = end
    return "".join([*parts, text[position:]])


def _backslashes(match: re.Match[str]) -> str:
    word = match[0]
    if NOT_ESCAPING.search(word):
        return re.sub(r"\\(?!`)|[*_~]", lambda mark: hidden(mark[0]), word)
    parts, position = [], 0
    for escape in ESCAPE.finditer(word):
        parts += [hidden_backslashes(word[position : escape.start()]), "\\"]
        position = escape.end()
    return "".join([*parts, hidden_backslashes(word[position:])])


def hidden_backslashes(text: str) -> str:
    """Without anything that the renderer could take for an escape."""
    return text.replace("\\", hidden("\\"))
