"""Bare URLs in a text: where they begin and end, and which of them are links."""

from __future__ import annotations

import re
from urllib.parse import quote

# Characters that end a URL anywhere: spaces, control and direction characters, quotation marks and brackets that URLs
# don't contain, sentence punctuation of East Asian and other scripts, arrows.
ENDS = (
    "\\s<>`|\\\\\0-\x20\x7f-\xa1\xab\xb6\xbb\xbf\u037e\u0387\u0589\u05be\u05c0\u05c3\u060c\u061b\u061f\u06d4\u0964\u0965"
    "\u104a\u104b\u1362-\u1368\u166e\u1800-\u180a\u2000-\u200b\u200e-\u203e\u2041-\u205f\u2060-\u206f\u2190-\u21ff"
    "\u3000-\u3003\u3008-\u3011\u3014-\u301f\u3030\ufdd0-\ufdef\ufe10-\ufe1f\ufe30-\ufe6b\ufeff\uff01-\uff0f\uff1a-\uff20"
    "\uff3b-\uff40\uff5b-\uff65\ufffd"
)
START = re.compile(
    r"<(?:https?://|mailto:)[^\s<>]*>"  # in angle brackets: the renderer's own kind of link
    r"|(?P<scheme>[a-z][a-z0-9+.-]{1,30}://)"
    r"|(?<![a-z0-9.@/:_-])(?P<host>www\.)(?=[a-z0-9])",
    re.IGNORECASE,
)
BODY = re.compile(f"[^{ENDS}]*")
NEXT = re.compile(r"[,;](?=https?://|www\.)", re.IGNORECASE)
# Both cases are named: a pattern that ignores case takes long to compile for so many characters.
LABEL = r"(?-i:(?!-)[A-Za-z0-9_\-\u00a2-\U0010ffff]+)"
HOST = re.compile(
    rf"(?:[^/?#@\s]*@)?(?P<host>\[[0-9a-f:.]+\]|{LABEL}(?:\.{LABEL})*)\.?(?P<port>:[0-9]{{1,5}})?(?![a-z0-9_@:-])",
    re.IGNORECASE,
)
# A host in ASCII letters directly followed by text in another script.
NOT_OF_HOST = re.compile(r"(?P<host>[a-z0-9_@:.-]+\.[a-z]{2,})[^\x00-\x7f]", re.IGNORECASE)
TRAILING = "?!.,:;*_~'\"^&$\u200c\u200d\u00b7\u30fb"
ENTITY = re.compile(r"&[a-z0-9]+;$", re.IGNORECASE)
CLOSING = {")": "(", "]": "[", "}": "{"}
MAX_NESTED_BRACKETS = 10  # nested brackets
PAIRED = re.compile("[][(){}\"']")
ENCODED = re.compile(r"[a-z0-9%/:?#!$&'()*+,;=._~@-]*", re.IGNORECASE)
SAFE = "%/:?#[]@!$&'()*+,;=-._~"
EMAIL = (
    r"(?<![\w.+@/:-])(?:mailto:)?[a-z0-9_](?:[a-z0-9._+-]{0,62}[a-z0-9_+-])?"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?![\w@-])"
)


def may_contain_urls(text: str) -> bool:
    """Return whether the text may contain a URL."""
    return "://" in text or "ww." in text or "WW." in text


def find_urls(text: str) -> list[tuple[int, int, str | None]]:
    """Return the start and end of each URL in a text, and its target, or None if it may not be linked.

    The latter are included so that the renderer does not process them either.
    """
    found = []
    position = 0
    while match := START.search(text, position):
        position = match.end()
        if not match["scheme"] and not match["host"]:
            continue
        begin = match.start()
        rest_at = match.end() if match["scheme"] else begin
        end = _end(text, begin, rest_at)
        if end > rest_at:
            found.append((begin, end, _target(text, begin, end, match["scheme"])))
            position = end
    return found


def _end(text: str, begin: int, rest_at: int) -> int:
    """Return the end of a URL whose host begins at `rest_at`."""
    body = BODY.match(text, rest_at)
    assert body is not None
    end = body.end()
    if following := NEXT.search(text, rest_at, end):
        end = following.start()
    if not text.isascii() and (foreign := NOT_OF_HOST.match(text, rest_at, end)):
        end = foreign.end("host")
    before = text[begin - 1] if begin else ""
    end = _balanced(text, rest_at, end, before)
    while end > rest_at:
        if entity := ENTITY.search(text, rest_at, end):
            end = entity.start()
        elif text[end - 1] in TRAILING:
            end -= 1
        else:
            break
    return end


def _balanced(text: str, start: int, end: int, before: str) -> int:
    """Return the index of the first unmatched closing bracket, or else of the first unmatched opening one."""
    first = PAIRED.search(text, start, end)
    if first is None:
        return end
    opened: list[tuple[str, int]] = []
    for index in range(first.start(), end):
        character = text[index]
        if character in "([{":
            opened.append((character, index))
            if len(opened) > MAX_NESTED_BRACKETS:
                break
        elif character in CLOSING:
            if not opened or opened[-1][0] != CLOSING[character]:
                return index
            opened.pop()
        elif character == '"' or (character == "'" and before == "'"):
            if before == character or text.find(character, index + 1, end) < 0:
                return index if not opened else opened[0][1]
            before = character if character == before else before
    return opened[0][1] if opened else end


def _target(text: str, begin: int, end: int, scheme: str | None) -> str | None:
    url = text[begin:end]
    rest = url[len(scheme) :] if scheme else url
    if scheme and scheme.lower() not in ("http://", "https://"):
        return None
    host = HOST.match(rest)
    if host is None or (host.end() < len(rest) and rest[host.end()] not in "/?#"):
        return None
    if not scheme and not re.fullmatch(r"(?:[^.]+\.){2,}[^\W\d_]{2,}", host["host"]):
        return None
    if _is_of_a_word(text, begin, end, is_host="/" not in rest):
        return None
    url = url if scheme else f"http://{url}"
    return url if ENCODED.fullmatch(url) else quote(url, safe=SAFE)


def _is_of_a_word(text: str, begin: int, end: int, *, is_host: bool) -> bool:
    """Return whether an underscore before the URL, or after its host, is not emphasis: the line has no other one."""
    line_end = text.find("\n", end)
    if text[begin - 1 : begin] == "_":
        return "_" not in text[end : line_end if line_end >= 0 else len(text)]
    return is_host and text[end : end + 1] == "_" and "_" not in text[text.rfind("\n", 0, begin) + 1 : begin]
