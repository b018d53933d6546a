"""Read markers and unread counts in services, selectors and the REST API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from unittest.mock import patch

from django.db.models import F
from django.test import TestCase

from chatproject.realtime.delivery import publish
from rooms.errors import NotFound
from rooms.events import ReadMarkMoved
from rooms.models import Membership, Mention, Message, Room, Unread, User
from rooms.selectors.sidebar import sidebar_for
from rooms.selectors.unread import first_unread, get_unread, unread_of
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add, member_join
from rooms.services.messages import message_delete
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.read_marks import ReadMark, read_mark_move, read_marks_move
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.clients import person, room_of
from rooms.tests.support.concurrency import TogetherCase


def say(room: Room, *contents: str, by: User) -> list[Message]:
    """Post these messages."""
    return [message_post(by=by, room=room, content=content).message for content in contents]


def mention(message: Message, *users: User) -> None:
    """Make a message mention these users, whatever its content."""
    message.mentions.filter(user__in=users).delete()
    for user in users:
        Mention.objects.create(message=message, user=user, room=message.room, seq=message.seq)


def read_marker(user: User, room: Room) -> int:
    """Return the read marker of a user."""
    return Membership.objects.get(user=user, room=room).read_seq


class ReadingTests(TestCase):
    def setUp(self) -> None:
        self.ann, self.ben, self.eve = person("ann"), person("ben", display_name="Ben"), person("eve")
        self.room = room_of(self.ann, self.ben)
        say(self.room, *"abcde", by=self.ann)

    def mark(self, seq: int, *, rewind: bool = False) -> int:
        return read_mark_move(user=self.ben, room=self.room, seq=seq, rewind=rewind)

    def state(self, user: User, room: Room) -> tuple[int, int, int]:
        found = get_unread(user, room)
        return found.read_seq, found.unread, found.mentions

    def test_a_marker_moves_up_to_the_last_message_and_back_only_to_rewind(self) -> None:
        answers = [self.mark(3), self.mark(2), self.mark(99), self.mark(4), self.mark(4, rewind=True)]
        self.assertEqual(answers, [3, 3, 5, 5, 4])
        self.assertEqual(
            [self.mark(0, rewind=True), self.mark(99, rewind=True), read_marker(self.ben, self.room)], [0, 5, 5]
        )

    def test_users_who_are_not_members_have_no_marker(self) -> None:
        square = room_of(self.ann, kind="open")
        for room in (self.room, square):
            with self.assertRaises(NotFound):
                read_mark_move(user=self.eve, room=room, seq=1)
            with self.assertRaises(NotFound):
                get_unread(self.eve, room)

    def test_a_batch_takes_a_constant_number_of_queries_and_returns_an_outcome_for_each(self) -> None:
        people = [person("one") for _ in range(50)]
        Membership.objects.bulk_create([Membership(room=self.room, user=user) for user in people])
        batch = [ReadMark(user.pk, self.room.pk, number % 5 + 1) for number, user in enumerate(people)]
        batch += [
            ReadMark(self.ben.pk, self.room.pk, 4),
            ReadMark(self.ben.pk, self.room.pk, 2),
            ReadMark(self.eve.pk, 1, 1),
        ]
        with self.assertNumQueries(6):  # including a savepoint
            *outcomes, nobody = read_marks_move(batch)
        self.assertEqual(outcomes, [number % 5 + 1 for number in range(50)] + [4, 4])
        self.assertIsInstance(nobody, NotFound)
        self.assertEqual([read_marker(user, self.room) for user in people], outcomes[:50])

    def test_new_members_have_read_all_earlier_messages(self) -> None:
        square = room_of(self.ann, kind="open")
        say(square, "one", "two", by=self.ann)
        member_join(user=self.ben, room=square)
        member_add(by=self.ann, room=square, user=self.eve)
        say(square, "three", by=self.ann)
        for user in (self.ben, self.eve):
            self.assertEqual(self.state(user, square), (2, 1, 0))

    def test_unread_mentions_are_counted_separately(self) -> None:
        messages = list(self.room.messages.all())
        for message in messages[1:4]:
            mention(message, self.ben)
        mention(messages[4], self.ann)
        self.assertEqual(self.state(self.ben, self.room), (0, 5, 3))
        self.mark(2)
        self.assertEqual(self.state(self.ben, self.room), (2, 3, 2))
        self.assertEqual(self.state(self.ann, self.room), (0, 0, 1))

    def test_own_and_deleted_messages_are_not_unread(self) -> None:
        guest = NewMessage(self.room.pk, None, "Hello?", guest_name="guest")
        Room.objects.filter(pk=self.room.pk).update(kind="open", guests="write")
        messages_post([guest])
        say(self.room, *"fgh", by=self.ben)
        self.assertEqual((self.state(self.ben, self.room), self.state(self.ann, self.room)), ((0, 6, 0), (0, 4, 0)))
        for seq in (2, 3):
            message_delete(by=self.ann, room=self.room, seq=seq)
        message_delete(by=self.ben, room=self.room, seq=8)
        self.assertEqual((self.state(self.ben, self.room), self.state(self.ann, self.room)), ((0, 4, 0), (0, 3, 0)))
        self.mark(2)
        self.assertEqual(self.state(self.ben, self.room), (2, 3, 0))
        member = Membership.objects.get(user=self.ben, room=self.room)
        self.assertEqual(first_unread(member), (4, 3))
        self.mark(6)
        member.refresh_from_db()
        self.assertEqual((self.state(self.ben, self.room), first_unread(member)), ((6, 0, 0), (None, 0)))
        sidebar = {room.name: room.unread for room in sidebar_for(self.ann).rooms}
        self.assertEqual(sidebar, {self.room.name: 3})
        (moved,) = self.announced(lambda: self.mark(3, rewind=True))
        self.assertEqual((moved["unread"], moved["mentions"]), (3, 0))

    def announced(self, action: Callable[[], object]) -> list[dict[str, Any]]:
        """Return the announcements of moved read markers while `action` ran."""
        published: list[publish.Signal] = []
        with patch.object(publish.publisher, "put", published.append), self.captureOnCommitCallbacks(execute=True):
            action()
        moved = [fields for signal in published for marks in signal.by_group.values() for fields in marks]
        return [asdict(ReadMarkMoved(*fields)) for fields in moved]

    def test_own_messages_are_not_unread_for_a_program_that_never_marks_anything_read(self) -> None:
        messages_post([NewMessage(self.room.pk, self.ben, "x") for _ in range(1200)])
        self.assertEqual(self.state(self.ben, self.room), (0, 5, 0))
        self.assertEqual(self.state(self.ann, self.room), (0, 1200, 0))
        with self.assertNumQueries(1):
            unread_of([self.ann.pk, self.ben.pk], [self.room.pk])

    def test_counts_take_a_constant_number_of_queries(self) -> None:
        direct, _ = direct_room_open(by=self.ann, people=[self.ben])
        User.objects.filter(pk=self.ben.pk).update(picture_digest="abc")
        say(direct, "hello", by=self.ben)
        for few_or_many in (1, 20):
            people = [person("many") for _ in range(few_or_many)]
            for _ in range(few_or_many):
                room_of(self.ann, *people)
            with self.assertNumQueries(2):
                found = unread_of([user.pk for user in (self.ann, self.ben, *people)])
            self.assertEqual(len({(one.user_id, one.room_id) for one in found}), len(found))
        with self.assertNumQueries(1):
            (one,) = unread_of([self.ann.pk], [self.room.pk])
        self.assertEqual((one.room_name, one.last_seq, one.kind), (self.room.name, 5, "private"))
        (mine,) = unread_of([self.ann.pk], [direct.pk])
        expected = (
            self.ann.pk,
            direct.pk,
            direct.name,
            "Ben",
            "direct",
            "/avatars/abc.webp",
            self.ben.pk,
            1,
            1,
            0,
            1,
            0,
            None,
            "",
            False,
            False,
            None,
        )
        self.assertEqual(mine, Unread(*expected, version=0))


class ReadingApiTests(ApiCase):
    def test_members_read_and_move_their_marker(self) -> None:
        self.say("one", "two", "three")
        mention(Message.objects.get(room=self.tea, seq=3), self.ben)
        expected = {"seq": 0, "last_seq": 3, "unread": 3, "mentions": 1}
        self.assertEqual(self.ok("GET", "rooms/tea/read/", by=self.ben), expected)
        moved = self.ok("PUT", "rooms/tea/read/", {"seq": 2}, by=self.ben)
        self.assertEqual(moved, {"seq": 2, "last_seq": 3, "unread": 1, "mentions": 1})
        self.assertEqual(self.ok("PUT", "rooms/tea/read/", {"seq": 1}, by=self.ben), moved)
        back = self.ok("PUT", "rooms/tea/read/", {"seq": 1, "rewind": True}, by=self.ben)
        self.assertEqual((back["seq"], back["unread"]), (1, 2))
        self.assertEqual(self.ok("GET", "rooms/tea/read/", by=self.ann)["seq"], 0)

    def test_all_rooms_of_a_user_are_listed_with_unread_counts(self) -> None:
        self.say("one")
        (room,) = self.ok("GET", "unread/", by=self.ben)["rooms"]
        counts = {"last_seq": 1, "read_seq": 0, "unread": 1, "mentions": 0}
        self.assertEqual(room, {"room_name": "tea", "title": "Tea", "kind": "private"} | counts)
        self.assertEqual(self.ok("GET", "unread/", by=self.zed), {"rooms": []})
        self.refused(401, "not_authenticated", "GET", "unread/")

    def test_rooms_of_others_look_absent(self) -> None:
        for method, body in (("GET", None), ("PUT", {"seq": 1})):
            absent = self.request(method, "rooms/nothing/read/", body, by=self.zed)
            self.assert_problem(absent, 404, "not_found")
            for name in ("tea", "square"):  # users can read an open room, but have no marker before they join
                self.assert_same_answer(self.request(method, f"rooms/{name}/read/", body, by=self.zed), absent)


class ConcurrentlyTests(TogetherCase):
    def test_simultaneous_marks_keep_the_highest_and_do_not_block_posting(self) -> None:
        ann, ben = person("ann"), person("ben")
        rooms = [room_of(ann, ben), room_of(ann, ben)]
        for room in rooms:
            say(room, *"abcdefgh", by=ann)

        def mark(*seqs: int) -> list[object]:
            batch = [ReadMark(ben.pk, room.pk, seq) for seq in seqs for room in (rooms if seq % 2 else rooms[::-1])]
            return list(read_marks_move(batch))

        for _ in range(5):
            Membership.objects.update(read_seq=0)
            marks = [lambda: mark(3, 2), lambda: mark(8), lambda: mark(1, 5), lambda: mark(6)]
            outcomes = self.together(*marks, lambda: say(rooms[0], "x", by=ann))
            self.assertFalse([one for one in outcomes if isinstance(one, Exception)])
            self.assertEqual(list(Membership.objects.filter(user=ben).values_list("read_seq", flat=True)), [8, 8])
        self.assertFalse(Membership.objects.filter(read_seq__gt=F("room__last_seq")).exists())
