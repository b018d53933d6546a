"""Mentions of members in a text: user names after an @."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from rooms.people.names import NAMES_OF_EVERYBODY, name_key

# The characters that Django allows in user names, including combining marks that are not composed.
NAME = "[\\w.@+\\-\u0300-\u036f]"
POSSIBLE = re.compile(f"[@\uff20]({NAME}{{1,151}})")
MARKS = ".@+-_"  # a name can end with these, though they usually belong to the sentence
BEFORE = re.compile(r"[A-Za-z0-9_.+-]*$")
MAX_CANDIDATES = 12  # per @
MAX_NAMES = 500  # per text
LONGEST = 150
MENTION = re.compile(r'<span class="mention" data-user="[^"]*" data-user-id="(\d+)">(?:@[^<]*</span>)?')


class Member(NamedTuple):
    """A user who can be mentioned. The id is permanent; the user name is the current one."""

    user_id: int
    user_name: str


OF_EVERYBODY_AS_TYPED = re.compile(f"@(?:{'|'.join(NAMES_OF_EVERYBODY)})", re.IGNORECASE)
OF_EVERYBODY = -1  # instead of a user id
EVERYBODY = {name: Member(OF_EVERYBODY, name) for name in NAMES_OF_EVERYBODY}  # for texts that may mention them


def mention_html(member: Member) -> str:
    """Return the HTML of a mention. User names need no escaping."""
    user_id, name = member
    if user_id == OF_EVERYBODY:
        return _room_mention_html(name)
    return f'<span class="mention" data-user="{name}" data-user-id="{user_id}">@{name}</span>'


def _room_mention_html(name: str) -> str:
    return f'<span class="mention" data-mention="{name}">@{name}</span>'


def room_mention_in(html: str) -> str | None:
    """Return which of NAMES_OF_EVERYBODY rendered HTML mentions, the first of them if both, or None."""
    if "data-mention=" not in html:
        return None
    return next((name for name in NAMES_OF_EVERYBODY if _room_mention_html(name) in html), None)


def mentioned_user_ids(html: str) -> list[int]:
    """Return the ids of users mentioned in rendered HTML."""
    return [int(user_id) for user_id in MENTION.findall(html)]


def rename_mentions(html: str, member: Member) -> str:
    """Return rendered HTML with a user's mentions changed to their current user name."""
    return MENTION.sub(lambda found: mention_html(member) if int(found[1]) == member.user_id else found[0], html)


def possible_mentions(content: str) -> set[str]:
    """Return user names that a message may mention, as typed. `find_member` decides which of them it does."""
    if "@" not in content and "\uff20" not in content:
        return set()
    found: dict[str, None] = {}
    position = 0
    while len(found) < MAX_NAMES and (match := POSSIBLE.search(content, position)):
        found.update(dict.fromkeys(candidate_names(match[1])))
        position = match.start() + 1
    return set(list(found)[:MAX_NAMES])


def may_mention_everybody(content: str) -> bool:
    """Return whether a message may mention everybody in its room. It does if its author may do that."""
    if content.isascii() and not OF_EVERYBODY_AS_TYPED.search(content):
        return False
    return not {name_key(name) for name in possible_mentions(content)}.isdisjoint(NAMES_OF_EVERYBODY)


def candidate_names(run: str) -> list[str]:
    """Return the possible names in the characters after an @, longest first.

    A name can end at the end of the characters, before punctuation that ends a sentence or joins it to the next name,
    or where another script begins: そうだ@bobさん.
    """
    bare = run.rstrip(MARKS)
    ends = [len(run), *([len(run) - 1] if run[-1] in MARKS else []), len(bare)]
    joints = re.finditer(r"[.+_-]+(?=@)|@(?![\w-]+\.\w)", run)
    ends += [match.start() for match in islice(joints, MAX_CANDIDATES)]
    if not run.isascii():
        changes = (index for index in range(1, len(run)) if _changes_script(run[index - 1], run[index]))
        ends += islice(changes, MAX_CANDIDATES)
    longest_first = sorted({end for end in ends if 0 < end <= LONGEST}, reverse=True)
    return [run[:end] for end in longest_first[:2] + longest_first[2:][-MAX_CANDIDATES:]]


def find_member(text: str, index: int, after_mention: bool, members: Mapping[str, Member]) -> tuple[Member, int] | None:
    """Return the member mentioned by the @ at `index`, and where the name ends.

    `after_mention` means that another mention ends just before it.
    """
    match = POSSIBLE.match(text, index) if members else None
    if match is None or not (after_mention or _may_begin(text, index)):
        return None
    for form in candidate_names(match[1]):
        if member := members.get(form) or members.get(name_key(form)):
            return member, index + 1 + len(form)
    return None


def _may_begin(text: str, index: int) -> bool:
    """Return whether the text before an @ allows a mention, rather than making it part of an address."""
    if index == 0:
        return True
    before = text[index - 1]
    if not before.isascii():
        return not (before.isalnum() and _script(before) == "LATIN") and unicodedata.combining(before) == 0
    if before in "@/\\" and text[max(index - 2, 0) : index] != "//":
        return before != "@"
    local = BEFORE.search(text, max(index - 64, 0), index)
    assert local is not None
    return not re.search("[A-Za-z0-9]", local[0]) or local[0].endswith("..")


def _changes_script(one: str, other: str) -> bool:
    if one.isascii() and other.isascii():
        return False
    scripts = {_script(one), _script(other)}
    return len(scripts) == 2 and "" not in scripts


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """Return a letter's script, the first word of its Unicode name. Digits and the underscore count as Latin."""
    if character.isascii():
        return "LATIN" if character.isalnum() or character == "_" else ""
    if unicodedata.combining(character):
        return ""
    return unicodedata.name(character, "").partition(" ")[0]
