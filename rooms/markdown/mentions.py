"""Names of members in a text, each after an @."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from rooms.people.names import name_key

# Names are what Django takes as such, here with marks that have not been composed with their letters.
NAME = "[\\w.@+\\-\u0300-\u036f]"
POSSIBLE = re.compile(f"[@\uff20]({NAME}{{1,151}})")
MARKS = ".@+-_"  # that a name can end with, though they are rather of the sentence
BEFORE = re.compile(r"[A-Za-z0-9_.+-]*$")
MOST_FORMS = 12  # of what stands behind one @
MOST_NAMES = 500  # to look for, of one text
LONGEST = 150
MENTION = re.compile(r'<span class="mention" data-user="[^"]*" data-user-id="(\d+)">(?:@[^<]*</span>)?')


class Member(NamedTuple):
    """Somebody who may be mentioned. The id stays theirs; the name is what they are called now."""

    user_id: int
    user_name: str


def mention_of(member: Member) -> str:
    """Somebody's name as it stands in a message's HTML. No user name needs escaping."""
    user_id, name = member
    return f'<span class="mention" data-user="{name}" data-user-id="{user_id}">@{name}</span>'


def mentioned_in(html: str) -> list[int]:
    """The ids of those whom `render_markdown` found mentioned."""
    return [int(user_id) for user_id in MENTION.findall(html)]


def with_new_name(html: str, member: Member) -> str:
    """What `render_markdown` gave, with the mentions of somebody under the name that they have now."""
    return MENTION.sub(lambda found: mention_of(member) if int(found[1]) == member.user_id else found[0], html)


def names_in(content: str) -> set[str]:
    """The names that a message may mention, as written. What of them it does, `mentions_in` finds."""
    if "@" not in content and "\uff20" not in content:
        return set()
    found: dict[str, None] = {}
    position = 0
    while len(found) < MOST_NAMES and (match := POSSIBLE.search(content, position)):
        found.update(dict.fromkeys(forms(match[1])))
        position = match.start() + 1
    return set(list(found)[:MOST_NAMES])


def forms(run: str) -> list[str]:
    """What may be meant by the characters after an @, the longest first.

    A name ends with them, before marks that end a sentence or join it to the next name, or where another script begins:
    そうだ@bobさん.
    """
    bare = run.rstrip(MARKS)
    ends = [len(run), *([len(run) - 1] if run[-1] in MARKS else []), len(bare)]
    joints = re.finditer(r"[.+_-]+(?=@)|@(?![\w-]+\.\w)", run)
    ends += [match.start() for match in islice(joints, MOST_FORMS)]
    if not run.isascii():
        changes = (place for place in range(1, len(run)) if _changes_script(run[place - 1], run[place]))
        ends += islice(changes, MOST_FORMS)
    longest_first = sorted({end for end in ends if 0 < end <= LONGEST}, reverse=True)
    return [run[:end] for end in longest_first[:2] + longest_first[2:][-MOST_FORMS:]]


def find_member(text: str, place: int, after_mention: bool, members: Mapping[str, Member]) -> tuple[Member, int] | None:
    """The member whom the @ at `place` calls, and where the name ends. `after_mention`: another ends before it."""
    match = POSSIBLE.match(text, place) if members else None
    if match is None or not (after_mention or _may_begin(text, place)):
        return None
    for form in forms(match[1]):
        if member := members.get(form) or members.get(name_key(form)):
            return member, place + 1 + len(form)
    return None


def _may_begin(text: str, place: int) -> bool:
    """Whether what is before an @ leaves it the beginning of a name, not the middle of an address."""
    if place == 0:
        return True
    before = text[place - 1]
    if not before.isascii():
        return not (before.isalnum() and _script(before) == "LATIN") and unicodedata.combining(before) == 0
    if before in "@/\\" and text[max(place - 2, 0) : place] != "//":
        return before != "@"
    local = BEFORE.search(text, max(place - 64, 0), place)
    assert local is not None
    return not re.search("[A-Za-z0-9]", local[0]) or local[0].endswith("..")


def _changes_script(one: str, other: str) -> bool:
    if one.isascii() and other.isascii():
        return False
    scripts = {_script(one), _script(other)}
    return len(scripts) == 2 and "" not in scripts


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """The script of a letter, by the first word of its name; digits and the underscore go with Latin letters."""
    if character.isascii():
        return "LATIN" if character.isalnum() or character == "_" else ""
    if unicodedata.combining(character):
        return ""
    return unicodedata.name(character, "").partition(" ")[0]
