"""Sections of people's lists of rooms."""

from __future__ import annotations

from functools import partial

import pytest
from django.test import TestCase, TransactionTestCase

from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import Membership, Section, User
from rooms.selectors.sections import get_section_for, sections_of
from rooms.services.levels import membership_update
from rooms.services.rooms import room_create
from rooms.services.sections import (
    MAX_SECTIONS,
    section_create,
    section_delete,
    section_fill,
    section_update,
)
from rooms.tests.support.concurrency import TogetherCase


class SectionCase(TestCase):
    def setUp(self) -> None:
        self.ann, self.ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        self.work, self.home = (section_create(user=self.ann, name=name) for name in ("Work", "Home"))

    def names(self, user: User) -> list[str]:
        return [section.name for section in sections_of(user)]


class Changing(SectionCase):
    def test_a_new_one_is_last_and_its_name_is_tidied(self) -> None:
        assert section_create(user=self.ann, name="  Tea \t time ").name == "Tea time"
        assert self.names(self.ann) == ["Work", "Home", "Tea time"]
        assert self.names(self.ben) == []

    def test_they_are_renamed_collapsed_and_moved_each_by_itself(self) -> None:
        section_update(user=self.ann, section_id=self.work.pk, collapsed=True)
        section_update(user=self.ann, section_id=self.work.pk, name="WORK")  # its own name in another spelling
        section_update(user=self.ann, section_id=self.work.pk, position=1)
        assert [(one.name, one.collapsed) for one in sections_of(self.ann)] == [("Home", False), ("WORK", True)]
        club = section_create(user=self.ann, name="Club")
        for position, order in (
            (0, ["Club", "Home", "WORK"]),
            (1, ["Home", "Club", "WORK"]),
            (19, ["Home", "WORK", "Club"]),
        ):
            section_update(user=self.ann, section_id=club.pk, position=position)
            assert self.names(self.ann) == order

    def test_names_are_refused_that_are_empty_too_long_or_taken(self) -> None:
        for name in ("", "  ", "\u200b", "a\u202eb", "a\0b", "x" * 41):
            with pytest.raises(InvalidField, match=r"^name: "):
                section_create(user=self.ann, name=name)
            with pytest.raises(InvalidField, match=r"^name: "):
                section_update(user=self.ann, section_id=self.work.pk, name=name)
        for name in ("home", "\uff28ome", " HOME "):
            with pytest.raises(Conflict, match=r"^name: "):
                section_create(user=self.ann, name=name)
            with pytest.raises(Conflict, match=r"^name: "):
                section_update(user=self.ann, section_id=self.work.pk, name=name)
        section_create(user=self.ann, name="x" * 40)
        section_create(user=self.ben, name="Work")  # somebody else's

    def test_there_are_at_most_twenty(self) -> None:
        for number in range(MAX_SECTIONS - 2):
            section_create(user=self.ann, name=f"S{number}")
        with pytest.raises(Conflict, match="20 sections"):
            section_create(user=self.ann, name="one more")
        section_create(user=self.ben, name="first")

    def test_those_of_others_do_not_exist(self) -> None:
        room = room_create(by=self.ben, name="den")
        for change in (
            partial(section_update, collapsed=True),
            partial(section_fill, room_names=["den"]),
            section_delete,
            get_section_for,
        ):
            for section_id in (self.work.pk, 2**62):
                with pytest.raises(NotFound):
                    change(user=self.ben, section_id=section_id)
        with pytest.raises(InvalidField, match=r"^section: "):
            membership_update(user=self.ben, room=room, section=self.work.pk)
        assert Membership.objects.get(user=self.ben).section is None


class Filling(SectionCase):
    def setUp(self) -> None:
        super().setUp()
        self.rooms = [room_create(by=self.ann, name=name) for name in ("a", "b", "c")]
        for room in self.rooms:
            Membership.objects.create(room=room, user=self.ben)

    def placed(self, user: User) -> dict[str, int | None]:
        return dict(Membership.objects.filter(user=user).values_list("room__name", "section"))

    def test_a_room_is_moved_between_sections_and_back(self) -> None:
        for section_id in (self.work.pk, self.home.pk, None):
            changed = membership_update(user=self.ann, room=self.rooms[0], section=section_id)
            assert changed.section_id == section_id
            assert self.placed(self.ann) == {"a": section_id, "b": None, "c": None}
        membership_update(user=self.ann, room=self.rooms[0], section=self.work.pk)
        membership_update(user=self.ann, room=self.rooms[0], muted=True)
        assert self.placed(self.ann)["a"] == self.work.pk

    def test_it_gets_exactly_the_given_rooms(self) -> None:
        membership_update(user=self.ann, room=self.rooms[0], section=self.work.pk)
        membership_update(user=self.ann, room=self.rooms[1], section=self.home.pk)
        room_create(by=self.ben, name="theirs")
        section_fill(user=self.ann, section_id=self.work.pk, room_names=["b", "c", "theirs", "nowhere"])
        assert self.placed(self.ann) == {"a": None, "b": self.work.pk, "c": self.work.pk}
        assert set(self.placed(self.ben).values()) == {None}
        section_fill(user=self.ann, section_id=self.work.pk, room_names=[])
        assert set(self.placed(self.ann).values()) == {None}

    def test_rooms_of_a_deleted_one_return_to_the_list(self) -> None:
        section_fill(user=self.ann, section_id=self.work.pk, room_names=["a", "b"])
        membership_update(user=self.ann, room=self.rooms[2], section=self.home.pk)
        section_delete(user=self.ann, section_id=self.work.pk)
        assert self.placed(self.ann) == {"a": None, "b": None, "c": self.home.pk}
        assert self.names(self.ann) == ["Home"]


class Concurrently(TogetherCase, TransactionTestCase):
    def test_two_at_once_can_not_both_be_the_last_or_have_the_same_name(self) -> None:
        ann = User.objects.create_user("ann")
        for number in range(MAX_SECTIONS - 1):
            section_create(user=ann, name=f"S{number}")
        for _ in range(10):
            Section.objects.filter(name__istartswith="new").delete()
            results = self.together(*(partial(section_create, user=ann, name=f"new {one}") for one in "ab"))
            assert [type(one) for one in results].count(Conflict) == 1
            Section.objects.filter(name="S0").delete()
            Section.objects.filter(name__istartswith="new").delete()
            results = self.together(*(partial(section_create, user=ann, name=name) for name in ("new", "New")))
            assert [type(one) for one in results].count(Conflict) == 1
            section_create(user=ann, name="S0")

    def test_a_room_does_not_get_into_a_section_that_is_deleted_meanwhile(self) -> None:
        ann = User.objects.create_user("ann")
        room = room_create(by=ann, name="tea")
        for _ in range(10):
            section = section_create(user=ann, name="Work")
            moved, deleted = self.together(
                partial(membership_update, user=ann, room=room, section=section.pk),
                partial(section_delete, user=ann, section_id=section.pk),
            )
            assert deleted is None
            assert not isinstance(moved, Exception) or isinstance(moved, InvalidField)
            assert Membership.objects.get().section is None
