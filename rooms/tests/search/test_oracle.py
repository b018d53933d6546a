"""Random queries find what looking at every message finds."""

from __future__ import annotations

import contextlib
import functools
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from unittest import mock
from zoneinfo import ZoneInfo

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from rooms.models import Mention, Message, Room, User
from rooms.search.query import Query, Term, parse_query
from rooms.search.words import words_of
from rooms.selectors.search import search
from rooms.services.members import member_add
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import checked_message, messages_post
from rooms.services.rooms import room_create

SEED = 20261127
UTC = ZoneInfo("UTC")
TEXT = (
    "the a to is it ubuntu install how do i sudo apt-get foo_bar fooBar foo bar C++ C++17 c --flag --dry-run -x 3.14 "
    "2026 it's don't #general @bob http://example.com/a?b=c https://example.com e-mail café cafe naïve Straße STRASSE "
    "你好 你好吗 好 日本語 本語 テキスト カタカナ 한국어 한국 ไทย ภาษาไทย 👍 👍🏽 ❤️ 🇩🇪 👨‍👩‍👧 **bold** `code` (paren) "
    "\"quoted\" [link](x) a.b.c a/b \\ ' '' % * & | ! <-> : ; <script> \x01 ﬁ Ⅷ x² ½ İ ı"
)
PIECES = TEXT.split()

# PostgreSQL reads the hits in windows if it expects more than so many, else at once; SQLite has one way.
WAYS = [-1, 20_000] if connection.vendor == "postgresql" else [0]


@contextlib.contextmanager
def searching(few_hits: int) -> Iterator[None]:
    """Have PostgreSQL search in one of the two ways, in windows so small that there are several."""
    with mock.patch.multiple("rooms.selectors.search", FEW_HITS=few_hits, FIRST_WINDOW=30):
        yield


def random_text(chance: random.Random) -> str:
    """Return a text that consists of such pieces."""
    pieces = (chance.choice(PIECES) + chance.choice([" ", " ", " ", "", "\n"]) for _ in range(chance.randint(1, 12)))
    return f"{''.join(pieces)} x"  # never empty


def random_query(chance: random.Random) -> str:
    """Return a query of such pieces."""
    parts: list[str] = []
    for _ in range(chance.randint(1, 3)):
        piece = chance.choice(PIECES)
        if chance.random() < 0.3:
            piece = f'"{piece} {chance.choice(PIECES)}"'
        elif chance.random() < 0.2:
            piece = f"{piece[: chance.randint(1, 3)]}*"
        if parts and chance.random() < 0.2:
            piece = f"-{piece}"
        parts.append(piece)
    filters = ("from:ann", "from:ben", "in:tea", "in:den", "has:link", "is:unread", "mentions:me")
    return " ".join([*parts, *(each for each in filters if chance.random() < 0.06)])


@functools.cache
def split_text(text: str) -> tuple[Sequence[str], set[str]]:
    """Return a message's plain words, and the set of all its words."""
    plain, further = words_of(text)
    return plain, {*plain, *further}


def has_term(message: Message, term: Term) -> bool:
    """Whether a message contains a term, by looking at its words."""
    plain, words = split_text(message.content)

    def contains(wanted: tuple[str, ...]) -> bool:
        if len(wanted) == 1:
            return any(word.startswith(wanted[0]) if term.prefix else word == wanted[0] for word in words)
        for at in range(len(plain) - len(wanted) + 1):
            *first, last = plain[at : at + len(wanted)]
            if tuple(first) == wanted[:-1] and (last.startswith(wanted[-1]) if term.prefix else last == wanted[-1]):
                return True
        return False

    return any(map(contains, term.alternatives))


class Oracle(TestCase):
    """Ann is in `tea` and `den`, Ben in `tea`; both can read the open room `square`."""

    olga: User
    ann: User
    ben: User

    @classmethod
    def setUpTestData(cls) -> None:
        chance = random.Random(SEED)
        cls.olga, cls.ann, cls.ben = (User.objects.create_user(name, password="x") for name in ("olga", "ann", "ben"))
        tea, den = (room_create(by=cls.olga, name=name, kind="private") for name in ("tea", "den"))
        square = room_create(by=cls.olga, name="square")
        for room, user in ((tea, cls.ann), (tea, cls.ben), (den, cls.ann), (square, cls.ann)):
            member_add(by=cls.olga, room=room, user=user)
        members = {tea: [cls.olga, cls.ann, cls.ben], den: [cls.olga, cls.ann], square: [cls.olga, cls.ann]}
        for _ in range(40):
            rooms = chance.choices(list(members), k=10)
            messages_post([checked_message(chance.choice(members[room]), room, random_text(chance)) for room in rooms])
        for message in chance.sample(list(Message.objects.select_related("room", "author")), 60):
            assert message.author is not None
            if chance.random() < 0.5:
                message_delete(by=message.author, room=message.room, seq=message.seq)
            else:
                text = f"edited {random_text(chance)}"
                message_edit(by=message.author, room=message.room, seq=message.seq, content=text)

    @functools.cached_property
    def messages(self) -> list[Message]:
        """All messages, newest first."""
        return list(Message.objects.select_related("room", "author").order_by("-id"))

    @functools.cached_property
    def mentioned(self) -> dict[int, set[int]]:
        """The ids of users whom each message mentions, by its id."""
        users: dict[int, set[int]] = defaultdict(set)
        for message_id, user_id in Mention.objects.values_list("message_id", "user_id"):
            users[message_id].add(user_id)
        return users

    def expected(self, user: User, query: Query) -> list[int]:
        """Return the ids by looking at every message."""
        readable = {
            room.pk for room in Room.objects.all() if room.kind == "open" or room.memberships.filter(user=user).exists()
        }
        read = dict(user.memberships.values_list("room_id", "read_seq"))
        found = []
        for message in self.messages:
            if message.deleted_at or message.room_id not in readable:
                continue
            if query.rooms and message.room.name not in query.rooms:
                continue
            if query.authors and (message.author is None or message.author.username not in query.authors):
                continue
            if "link" in query.has and "http" not in message.content.lower():
                continue
            if query.unread and (message.author_id == user.pk or message.seq <= read.get(message.room_id, 2**63)):
                continue
            if query.mentions_me and user.pk not in self.mentioned[message.pk]:
                continue
            if all(has_term(message, term) != term.without for term in query.terms):
                found.append(message.pk)
        return found

    def test_random_queries(self) -> None:
        chance = random.Random(SEED + 1)
        asked = hits = 0
        for _ in range(200):
            text = random_query(chance)
            user = chance.choice([self.ann, self.ben])
            query = parse_query(text)
            if not any(not term.without for term in query.terms):
                continue
            if user == self.ben and "den" in query.rooms:
                continue
            expected = self.expected(user, query)
            asked, hits = asked + 1, hits + len(expected)
            for few_hits in WAYS:
                with self.subTest(query=text, user=user.username, few_hits=few_hits), searching(few_hits):
                    found = search(user, query, limit=1000, zone=UTC)
                    assert [message.pk for message in found.messages] == expected
        assert asked > 150
        assert hits > 500

    def test_pages_have_everything_once(self) -> None:
        query = parse_query("the")
        expected = self.expected(self.ann, query)
        assert len(expected) > 14
        for few_hits in WAYS:
            seen: list[int] = []
            more, before = True, None
            with searching(few_hits):
                while more:
                    page = search(self.ann, query, before=before, limit=7, zone=UTC)
                    seen += [message.pk for message in page.messages]
                    more, before = page.more, seen[-1]
            assert seen == expected

    def test_days_are_the_readers(self) -> None:
        message = Message.objects.filter(deleted_at=None, room__name="tea").latest("pk")
        word = next(word for word in words_of(message.content).plain if word.isascii())
        moment = timezone.now().replace(hour=23, minute=30)
        Message.objects.filter(pk=message.pk).update(created_at=moment)
        day, next_day = moment.date(), moment.date() + timedelta(days=1)
        for zone, expected in (("UTC", day), ("Europe/Berlin", next_day), ("America/New_York", day)):
            query = parse_query(f"{word} on:{expected}")
            found = search(self.ann, query, limit=1000, zone=ZoneInfo(zone))
            assert message.pk in [one.pk for one in found.messages]
            other = parse_query(f"{word} on:{expected + timedelta(days=5)}")
            assert search(self.ann, other, limit=1000, zone=ZoneInfo(zone)).messages == []
