"""Line beginnings that are Markdown in a document but not meant as such in a chat.

docs/formatting.md explains the rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rooms.markdown.protected_characters import protect

# A text without any line like this needs no processing.
BEGINNINGS = re.compile(r"^[ \t]*(?:[#>+*=`~-]|[0-9]{1,9}[.)])", re.MULTILINE)
QUOTES = re.compile(r" {0,3}>(?:[ \t]{0,3}>)*")
# An emoticon or a comparison, not a quote.
NOT_QUOTING = re.compile(rf">(?:[:;]\S|=|[._]?[<>{protect('<')}])")
MARKS_ONLY = re.compile(r"[ \t]*(?:(?:[-+*>]|[0-9]{1,9}[.)]|#{1,6})(?:[ \t]+|$))+(?:\[[ xX]\])?[ \t]*$")
RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
NO_HEADING = re.compile(r" {0,3}#{1,6}[ \t][^\w]*[\d_\W]*$")
HEADING = re.compile(r"(?P<words> {0,3}#{1,6}[ \t].*?[ \t])(?P<closing>#+[ \t]*)$")
ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-+*]|(?P<number>[0-9]{1,9})[.)])[ \t]+\S")
FENCE = re.compile(
    r"(?P<before>[ \t]*(?:(?:[-+*]|[0-9]{1,9}[.)])[ \t]+)*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)$"
)
MAX_FENCES = 50  # processed at most; each one scans all lines after it
LANGUAGE = re.compile(r"[ \t]*[\w+#.-]{0,30}[ \t]*$")


def protect_line_starts(text: str) -> str:
    """Protect line beginnings that are not meant as Markdown from the renderer."""
    if (BEGINNINGS.search(text) if "\n" in text else BEGINNINGS.match(text)) is None:
        return text
    return "\n".join(_Lines(text.split("\n")).processed())


@dataclass(slots=True)
class _Line:
    """A line without its quote marks. `code` means that it is inside a code block, or one of its fences."""

    depth: int
    quotes: str
    rest: str
    code: bool = False
    also: list[str] = field(default_factory=list)  # lines inserted before it

    @property
    def blank(self) -> bool:
        return not self.rest.strip()

    @property
    def indent(self) -> int:
        expanded = self.rest.expandtabs(4)
        return len(expanded) - len(expanded.lstrip(" "))


class _Lines:
    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = [_split(line) for line in lines]

    def processed(self) -> list[str]:
        self._fences()
        self._quotes()
        self._marks()
        self._numbers()
        self._ends()
        return [part for line in self.lines for part in (*line.also, line.quotes + line.rest)]

    def _fences(self) -> None:
        """Keep code between fences unchanged. A fence without code is text."""
        index, listed, fences = 0, False, 0
        while index < len(self.lines) and fences < MAX_FENCES:
            line = self.lines[index]
            listed = listed or (line.indent <= 3 and ITEM.match(line.rest) is not None)
            match = FENCE.match(line.rest)
            if match is None or (line.indent > 3 and not listed):
                index += 1
                continue
            fences += 1
            index = self._fence(index, line, match)

    def _fence(self, index: int, line: _Line, match: re.Match[str]) -> int:
        """Process the fence that opens here and return the index of the next line to look at."""
        fence, info = match["fence"], match["info"]
        inside = [_at_depth(other, line.depth) for other in self.lines[index + 1 :]]
        inside = inside[: next((at for at, rest in enumerate(inside) if rest is None), len(inside))]
        closing = re.compile(rf"[ \t]*{fence[0]}{{{len(fence)},}}[ \t]*$")
        end = next((at for at, rest in enumerate(inside) if rest is not None and closing.match(rest)), None)
        closed = proper = end is not None
        if end is None:
            end = next((at for at, rest in enumerate(inside) if rest and _ends_with_fence(rest, fence)), None)
            if end is not None:
                last = (inside[end] or "").rstrip()[: -len(fence)]
                ends = [_Line(line.depth, line.quotes, last), _Line(line.depth, line.quotes, fence)]
                self.lines[index + 1 + end : index + 2 + end] = ends
                inside[end : end + 1] = [last, fence]
                end, closed = end + 1, True
        code = inside if end is None else inside[:end]
        if not any(rest and rest.strip() for rest in code):
            line.rest = protect(line.rest)
            if end is not None:
                self.lines[index + 1 + end].rest = protect(self.lines[index + 1 + end].rest)
            return index + 1
        for other in self.lines[index : index + 1 + len(code) + closed]:
            other.depth, other.code = line.depth, True
        if info.strip() and not (proper and LANGUAGE.match(info)):
            words = " " * len(match["before"]) + info.lstrip()
            line.rest = match["before"] + fence
            self.lines.insert(index + 1, _Line(line.depth, line.quotes, words, code=True))
            return index + 2 + len(code) + closed
        return index + 1 + len(code) + closed

    def _quotes(self) -> None:
        """Protect quote marks with nothing after them, except between quoted lines."""
        start = 0
        while start < len(self.lines):
            end = start
            while end < len(self.lines) and self.lines[end].depth and not self.lines[end].code:
                end += 1
            if all(line.blank for line in self.lines[start:end]):
                for line in self.lines[start:end]:
                    line.depth, line.quotes, line.rest = 0, "", protect(line.quotes) + line.rest
            start = end + 1

    def _marks(self) -> None:
        """Protect marks with nothing after them, rules that don't stand alone, and the closing marks of headings."""
        for index, line in enumerate(self.lines):
            if line.code or line.blank:
                continue
            if RULE.match(line.rest):
                if not self._stands_between(index):
                    line.rest = protect(line.rest)
            elif MARKS_ONLY.match(line.rest) or NO_HEADING.match(line.rest):
                line.rest = protect(line.rest)
            elif closing := HEADING.match(line.rest):
                line.rest = closing["words"] + protect(closing["closing"])

    def _stands_between(self, index: int) -> bool:
        before, after = self.lines[:index], self.lines[index + 1 :]
        return (
            len(before) > 1
            and len(after) > 1
            and before[-1].blank
            and after[0].blank
            and any(not line.blank for line in before)
            and any(not line.blank for line in after)
        )

    def _numbers(self) -> None:
        """Protect numbers unless they count from one or continue a list, and single plus signs."""
        runs: dict[tuple[int, int, str], list[tuple[_Line, re.Match[str]]]] = {}
        done: list[list[tuple[_Line, re.Match[str]]]] = []
        for line in self.lines:
            if line.code or line.blank:
                continue
            item = ITEM.match(line.rest)
            kind = "" if item is None else "number" if item["number"] else item["mark"]
            key = (line.depth, line.indent, kind)
            for known in list(runs):
                if known != key and (known[0] != line.depth or known[1] >= line.indent):
                    done += [runs.pop(known)]
            if item is not None and kind in ("number", "+"):
                runs.setdefault(key, []).append((line, item))
        for run in (*done, *runs.values()):
            if not _is_list([item for _, item in run]):
                for line, item in run:
                    line.rest = item["indent"] + protect(item["mark"]) + line.rest[item.end("mark") :]

    def _ends(self) -> None:
        """End a quote or a list at the next line without its marks."""
        listed: tuple[int, int] | None = None  # depth of quotes, and column where the text of the outermost item begins
        for before, line in zip([None, *self.lines], self.lines, strict=False):
            if line.blank:
                continue
            code = line.code or (listed is None and line.indent > 3)
            item = None if code else ITEM.match(line.rest)
            follows = before is not None and not before.blank
            if before is not None and follows and before.depth > line.depth:
                line.also.append(">" * line.depth)
            elif listed is not None and item is None and listed[0] == line.depth and line.indent < listed[1]:
                if follows and not line.code:
                    line.also.append(">" * line.depth)
                listed = None
            if item is not None and listed is None:
                listed = (line.depth, len(line.rest[: item.end()].expandtabs(4)) - 1)
            elif listed is not None and listed[0] != line.depth:
                listed = None


def _split(line: str) -> _Line:
    match = QUOTES.match(line)
    if match is None:
        return _Line(0, "", line)
    if NOT_QUOTING.match(line, match.end() - 1):
        return _Line(0, "", protect(line[: match.end()]) + line[match.end() :])
    return _Line(match[0].count(">"), match[0], line[match.end() :])


def _at_depth(line: _Line, depth: int) -> str | None:
    """Return a line's text inside this many quotes, or None if it is outside of them."""
    if line.depth < depth:
        return None
    if line.depth == depth:
        return line.rest
    marks = [index for index, character in enumerate(line.quotes) if character == ">"]
    return line.quotes[marks[depth - 1] + 1 if depth else 0 :] + line.rest


def _ends_with_fence(rest: str, fence: str) -> bool:
    """Return whether a line ends with the fence and contains no other."""
    return rest.rstrip().endswith(fence) and rest.count(fence) == 1


def _is_list(items: Sequence[re.Match[str]]) -> bool:
    if items[0]["number"] is None:
        return len(items) > 1
    written = [item["number"] for item in items]
    numbers = [int(number) for number in written]
    if [str(number) for number in numbers] != written:
        return False
    counts = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return (counts and (len(numbers) > 1 or numbers[0] < 2)) or set(numbers) == {1}
