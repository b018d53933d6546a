"""Posting, editing and deleting messages through the services, without sockets."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from chatproject.realtime.delivery import publish
from rooms.errors import Conflict, InvalidField, MissingField, NotFound, ServiceError, TooLarge
from rooms.models import Membership, Message, Room, User
from rooms.selectors.messages import changes_since, get_message
from rooms.services.members import member_add, member_remove, member_set_role
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, Posted, message_post, messages_post
from rooms.services.reactions import reaction_add
from rooms.services.rooms import room_close, room_create
from rooms.wire import message_wire


class WithRoom(TestCase):
    """A private room with its owner and two members."""

    owner: User
    ann: User
    ben: User
    room: Room

    @classmethod
    def setUpTestData(cls) -> None:
        cls.owner = User.objects.create_user("olga", password="x")
        cls.ann = User.objects.create_user("ann", password="x")
        cls.ben = User.objects.create_user("ben", password="x")
        cls.room = room_create(by=cls.owner, name="tea", kind="private")
        for user in (cls.ann, cls.ben):
            member_add(by=cls.owner, room=cls.room, user=user)

    def post(self, content: str, client_id: str | None = None, by: User | None = None) -> Posted:
        return message_post(by=by or self.ann, room=self.room, content=content, client_id=client_id)

    def announced(self, action: object) -> list[publish.Announcement]:
        """Return what reached the publisher while `action` ran and committed."""
        seen: list[publish.Announcement] = []
        put, publish.publisher.put = publish.publisher.put, seen.append  # type: ignore[method-assign,assignment]
        try:
            with self.captureOnCommitCallbacks(execute=True):
                action()  # type: ignore[operator]
        finally:
            publish.publisher.put = put  # type: ignore[method-assign]
        return seen


class Lookups(WithRoom):
    def test_client_ids_are_looked_up_by_their_index(self) -> None:
        self.room.kind, self.room.guests = Room.Kind.OPEN, Room.Guests.WRITE
        self.room.save()
        for start in range(0, 2000, 100):
            batch = [NewMessage(self.room.pk, self.ann, "x", f"c-{number}") for number in range(start, start + 100)]
            messages_post(batch)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
                cursor.execute("SET LOCAL enable_seqscan = off")  # the planner would prefer it for a small table
        by_guest = NewMessage(self.room.pk, None, "x", "c-1", guest_name="visitor")
        for new, index in (
            (NewMessage(self.room.pk, self.ann, "x", "c-1"), "message_client_id_once"),
            (by_guest, "message_guest_client_id_once"),
        ):
            with CaptureQueriesContext(connection) as queries:
                messages_post([new])
            (lookup,) = [query["sql"] for query in queries if "'c-1'" in query["sql"] and "SELECT" in query["sql"]]
            explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
            with connection.cursor() as cursor:
                cursor.execute(f"{explain} {lookup}")
                plan = str(cursor.fetchall())
            assert index in plan, plan
            # The index is not only used for the room.
            assert re.search(r"client_id=\?|client_id\)::text = ", plan), plan


class Numbering(WithRoom):
    def test_seqs_start_at_one_and_have_no_gaps(self) -> None:
        for count in (1, 3, 1, 5):
            messages_post([NewMessage(self.room.pk, self.ann, "x") for _ in range(count)])
        assert list(Message.objects.values_list("seq", flat=True).order_by("pk")) == list(range(1, 11))

    def test_every_message_of_a_batch_gets_the_id_of_its_own_row(self) -> None:
        batch = [
            NewMessage(self.room.pk, self.ann, f"line {number}\\ '{{}}\" %s", f"c{number}") for number in range(300)
        ]
        results = messages_post([*batch, NewMessage(self.room.pk, self.ann, "no client_id, NULL")])
        for result in results:
            assert isinstance(result, Posted)
            row = Message.objects.get(pk=result.message.pk)
            assert (row.seq, row.content, row.client_id) == (
                result.message.seq,
                result.message.content,
                result.message.client_id,
            )

    def test_a_rejected_message_takes_no_seq(self) -> None:
        self.post("one")
        with pytest.raises(NotFound):
            message_post(by=User.objects.create_user("eve"), room=self.room, content="no")
        assert self.post("two").message.seq == 2

    def test_every_change_takes_the_next_version_of_the_room(self) -> None:
        base = Room.objects.get(pk=self.room.pk).version
        first, second = self.post("one").message, self.post("two").message
        edited = message_edit(by=self.ann, room=self.room, seq=first.seq, content="uno")
        deleted = message_delete(by=self.ann, room=self.room, seq=second.seq)
        assert [first.version, second.version, edited.version, deleted.version] == [
            base + 1,
            base + 2,
            base + 3,
            base + 4,
        ]
        room = Room.objects.get(pk=self.room.pk)
        assert (room.version, room.last_seq) == (base + 4, 2)

    def test_an_edit_conflicts_with_an_edit_after_its_base_version_but_not_with_a_reaction(self) -> None:
        message = self.post("one").message
        reaction_add(by=self.ann, room=self.room, seq=1, emoji="👍")
        edited = message_edit(by=self.ann, room=self.room, seq=1, content="two", base_version=message.version)
        with pytest.raises(Conflict, match="in the meantime"):
            message_edit(by=self.ann, room=self.room, seq=1, content="three", base_version=message.version)
        assert Message.objects.get(room=self.room, seq=1).content == "two"
        message_edit(by=self.ann, room=self.room, seq=1, content="two", base_version=message.version)
        message_edit(by=self.ann, room=self.room, seq=1, content="four", base_version=edited.version)
        message_edit(by=self.ann, room=self.room, seq=1, content="five")

    def test_an_edit_with_the_same_content_changes_nothing(self) -> None:
        message = self.post("one").message
        again = message_edit(by=self.ann, room=self.room, seq=1, content="one")
        assert (again.version, again.edited_at) == (message.version, None)

    def test_changes_since_a_version_contain_each_message_once_in_its_latest_state(self) -> None:
        for word in ("one", "two", "three"):
            self.post(word)
        start = Room.objects.get(pk=self.room.pk).version
        message_edit(by=self.ann, room=self.room, seq=2, content="zwei")
        message_delete(by=self.ann, room=self.room, seq=1)
        message_edit(by=self.ann, room=self.room, seq=2, content="deux")
        changes = changes_since(self.room, version=start, limit=100)
        assert [(m.seq, m.content) for m in changes] == [(1, ""), (2, "deux")]

    def test_a_batch_numbers_each_room_separately(self) -> None:
        other = room_create(by=self.ann, name="coffee")
        rooms = [self.room, other, self.room, other]
        results = messages_post([NewMessage(room.pk, self.ann, "x") for room in rooms])
        assert [r.message.seq for r in results if isinstance(r, Posted)] == [1, 1, 2, 2]
        assert list(Room.objects.order_by("pk").values_list("last_seq", flat=True)) == [2, 2]

    def test_a_batch_is_announced_once_per_room_with_its_range_of_versions(self) -> None:
        base = Room.objects.get(pk=self.room.pk).version
        batch = [NewMessage(self.room.pk, self.ann, "x") for _ in range(3)]
        (announcement,) = self.announced(lambda: messages_post(batch))
        assert (announcement.after, announcement.version) == (base, base + 3)
        assert [version for version, _ in announcement.items] == [base + 1, base + 2, base + 3]

    def test_a_rolled_back_message_is_not_announced(self) -> None:
        def fail() -> None:
            with transaction.atomic():
                self.post("lost")
                transaction.set_rollback(True)

        assert self.announced(fail) == []


class Duplicates(WithRoom):
    def test_the_same_client_id_returns_the_first_message_again(self) -> None:
        first, again = self.post("hello", "c1"), self.post("hello", "c1")
        assert (first.duplicate, again.duplicate) == (False, True)
        assert again.message.pk == first.message.pk
        assert Message.objects.count() == 1

    def test_a_duplicate_within_one_batch_is_posted_once(self) -> None:
        one, two = messages_post([NewMessage(self.room.pk, self.ann, "hello", "c1")] * 2)
        assert isinstance(one, Posted)
        assert isinstance(two, Posted)
        assert (one.message.seq, two.message.seq, two.duplicate) == (1, 1, True)
        assert Message.objects.count() == 1

    def test_a_duplicate_is_not_announced(self) -> None:
        self.post("hello", "c1")
        assert self.announced(lambda: self.post("hello", "c1")) == []

    def test_the_same_client_id_with_different_content_is_a_conflict(self) -> None:
        self.post("hello", "c1")
        with pytest.raises(Conflict) as caught:
            self.post("goodbye", "c1")
        assert caught.value.status == 409
        assert Message.objects.get().content == "hello"

    def test_a_client_id_belongs_to_its_author_and_room(self) -> None:
        other = room_create(by=self.ann, name="coffee")
        self.post("hello", "c1")
        assert not self.post("hi", "c1", by=self.ben).duplicate
        assert not message_post(by=self.ann, room=other, content="hey", client_id="c1").duplicate

    def test_a_retry_after_an_edit_or_deletion_still_returns_the_first_message(self) -> None:
        self.post("hello", "c1")
        message_edit(by=self.ann, room=self.room, seq=1, content="changed")
        assert self.post("hello", "c1").duplicate
        message_delete(by=self.ann, room=self.room, seq=1)
        assert self.post("hello", "c1").duplicate

    def test_a_retry_succeeds_even_if_the_room_was_closed_in_between(self) -> None:
        self.post("hello", "c1")
        room_close(by=self.owner, room=self.room)
        assert self.post("hello", "c1").duplicate


class Batches(WithRoom):
    def test_a_failing_message_does_not_affect_the_others(self) -> None:
        stranger = User.objects.create_user("eve")
        self.post("taken", "c1")
        results = messages_post(
            [
                NewMessage(self.room.pk, self.ann, "first"),
                NewMessage(self.room.pk, stranger, "not a member"),
                NewMessage(self.room.pk, self.ann, "another content", "c1"),
                NewMessage(10**9, self.ann, "no such room"),
                NewMessage(self.room.pk, self.ben, "last"),
            ]
        )
        kinds = [type(result) for result in results]
        assert kinds == [Posted, NotFound, Conflict, NotFound, Posted]
        assert [r.message.seq for r in results if isinstance(r, Posted)] == [2, 3]
        assert Message.objects.count() == 3

    def test_a_private_room_looks_absent_to_outsiders(self) -> None:
        stranger = User.objects.create_user("eve")
        forbidden, absent = messages_post([NewMessage(self.room.pk, stranger, "x"), NewMessage(10**9, stranger, "x")])
        assert isinstance(forbidden, ServiceError)
        assert isinstance(absent, ServiceError)
        assert (forbidden.status, forbidden.code, forbidden.detail) == (absent.status, absent.code, absent.detail)

    def test_guests_can_not_use_the_name_of_an_account_in_any_script(self) -> None:
        room = room_create(by=self.owner, name="hall", guests="write")
        User.objects.create_user("Ünal")
        for name in ("Ünal", "Ann"):
            (refusal,) = messages_post([NewMessage(room.pk, None, "x", guest_name=name)])
            assert isinstance(refusal, InvalidField), name


class Contents(WithRoom):
    def test_missing_content_is_reported(self) -> None:
        with pytest.raises(MissingField) as caught:
            message_post(by=self.ann, room=self.room, content=None)
        assert caught.value.detail == "content not in message dict"

    def test_contents_that_are_no_string_or_empty_or_can_not_be_stored_are_invalid(self) -> None:
        for content in (7, True, ["x"], {"a": 1}, "", " \n\t", "nul\0", "half \ud800"):
            with self.subTest(content=content), pytest.raises(InvalidField):
                message_post(by=self.ann, room=self.room, content=content)

    def test_client_ids_that_are_no_short_string_are_invalid(self) -> None:
        for client_id in (7, "", "x" * 65, "nul\0", "\udfff"):
            with self.subTest(client_id=client_id), pytest.raises(InvalidField):
                message_post(by=self.ann, room=self.room, content="x", client_id=client_id)

    @override_settings(MAX_CONTENT_LENGTH=10)
    def test_content_is_limited_in_length(self) -> None:
        assert self.post("😀" * 10).message.content == "😀" * 10
        with pytest.raises(TooLarge):
            self.post("😀" * 11)


class EditingAndDeleting(WithRoom):
    def setUp(self) -> None:
        self.post("hello")

    def test_authors_can_edit_and_the_time_is_shown(self) -> None:
        message = message_edit(by=self.ann, room=self.room, seq=1, content="**hi**")
        assert message.edited_at is not None
        assert (message.seq, message.html) == (1, "<p><strong>hi</strong></p>")

    def test_only_authors_can_edit_not_even_owners_or_staff(self) -> None:
        staff = User.objects.create_user("sam", is_staff=True)
        for user in (self.ben, self.owner, staff):
            with self.subTest(user=user), pytest.raises(NotFound):
                message_edit(by=user, room=self.room, seq=1, content="forged")
        assert Message.objects.get().content == "hello"

    def test_removed_authors_can_not_edit_or_delete(self) -> None:
        member_remove(by=self.owner, room=self.room, user=self.ann)
        with pytest.raises(NotFound):
            message_edit(by=self.ann, room=self.room, seq=1, content="late")
        with pytest.raises(NotFound):
            message_delete(by=self.ann, room=self.room, seq=1)

    def test_members_can_not_delete_messages_of_others(self) -> None:
        with pytest.raises(NotFound):
            message_delete(by=self.ben, room=self.room, seq=1)

    def test_authors_moderators_owners_and_staff_can_delete(self) -> None:
        member_set_role(by=self.owner, room=self.room, user=self.ben, role=Membership.Role.MODERATOR)
        staff = User.objects.create_user("sam", is_staff=True)
        for user in (self.ann, self.ben, self.owner, staff):
            seq = self.post("again").message.seq
            with self.subTest(user=user):
                assert message_delete(by=user, room=self.room, seq=seq).deleted_at is not None

    def test_a_deleted_message_keeps_its_seq_but_no_content(self) -> None:
        message_delete(by=self.ann, room=self.room, seq=1)
        wire = message_wire(get_message(self.room, 1))
        assert (wire["seq"], wire["content"], wire["html"], wire["deleted"]) == (1, "", "", True)

    def test_deleting_twice_changes_nothing_more(self) -> None:
        first = message_delete(by=self.ann, room=self.room, seq=1)
        assert message_delete(by=self.ann, room=self.room, seq=1).version == first.version

    def test_a_deleted_message_can_not_be_edited(self) -> None:
        message_delete(by=self.ann, room=self.room, seq=1)
        with pytest.raises(Conflict):
            message_edit(by=self.ann, room=self.room, seq=1, content="back")

    def test_an_absent_message_is_not_found(self) -> None:
        for seq in (0, 2, 2**63):
            with self.subTest(seq=seq), pytest.raises(NotFound):
                message_delete(by=self.ann, room=self.room, seq=seq)
