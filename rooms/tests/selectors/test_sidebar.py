"""The order of a user's rooms in the sidebar."""

from __future__ import annotations

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from rooms.models import Membership, User
from rooms.selectors.room_titles import Face
from rooms.selectors.sidebar import sidebar_for
from rooms.services.direct_rooms import direct_room_open
from rooms.services.levels import membership_update
from rooms.services.members import member_join
from rooms.services.posting import message_post
from rooms.services.preferences import preferences_update
from rooms.services.rooms import room_create
from rooms.services.sections import section_create, section_update
from rooms.tests.services.test_connections import create_connection


class Order(TestCase):
    def test_favourites_are_apart_unread_rooms_first_and_muted_ones_last(self) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        rooms = {name: room_create(by=ben, name=name, title=f"T{9 - place}") for place, name in enumerate("abcdefg")}
        for room in rooms.values():
            member_join(user=ann, room=room)
        talk, _ = direct_room_open(by=ann, people=[ben])
        for name in "aceg":
            message_post(by=ben, room=rooms[name], content="hi")
        for name in "abe":
            membership_update(user=ann, room=rooms[name], muted=True)
        for name in "dg":
            membership_update(user=ann, room=rooms[name], favourite=True)
        membership_update(user=ann, room=talk, favourite=True, level="nothing")
        shown = sidebar_for(ann)
        assert [room.title for room in shown.favourites] == ["T3", "ben", "T6"]
        assert [(room.silent, room.muted) for room in shown.favourites] == [
            (False, False),
            (True, False),
            (False, False),
        ]
        assert [room.name for room in shown.rooms] == ["c", "f", "a", "b", "e"]
        assert shown.direct == []
        preferences_update(user=ann, unread_first=False)
        shown = sidebar_for(ann)
        assert [room.title for room in shown.favourites] == ["ben", "T3", "T6"]
        assert [room.name for room in shown.rooms] == ["c", "f", "a", "b", "e"]
        membership_update(user=ann, room=rooms["a"], muted=False)
        message_post(by=ben, room=rooms["f"], content="hi")
        assert [room.name for room in sidebar_for(ann).rooms] == ["a", "c", "f", "b", "e"]
        preferences_update(user=ann, unread_first=True)
        Membership.objects.filter(user=ann, room=rooms["c"]).update(read_seq=99)
        assert [room.name for room in sidebar_for(ann).rooms] == ["a", "f", "c", "b", "e"]
        Membership.objects.filter(user=ann).update(muted=True)
        assert [room.title for room in sidebar_for(ann).favourites] == ["ben", "T3", "T6"]

    def test_sections_have_their_rooms_by_title_unread_ones_first_and_favourites_stay_apart(self) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        rooms = {name: room_create(by=ann, name=name, title=f"T{9 - place}") for place, name in enumerate("abcdefg")}
        talk, _ = direct_room_open(by=ann, people=[ben])
        member_join(user=ben, room=rooms["a"])
        message_post(by=ben, room=rooms["a"], content="hi")
        work, empty = (section_create(user=ann, name=name) for name in ("Work", "Later"))
        for room in (talk, *(rooms[name] for name in "abcd")):
            membership_update(user=ann, room=room, section=work.pk)
        membership_update(user=ann, room=rooms["b"], favourite=True)
        membership_update(user=ann, room=rooms["d"], muted=True)
        section_update(user=ann, section_id=empty.pk, collapsed=True)
        with self.assertNumQueries(4):
            shown = sidebar_for(ann)
        assert [(one.name, one.collapsed) for one in shown.sections] == [("Work", False), ("Later", True)]
        assert [[room.title for room in one.rooms] for one in shown.sections] == [["T9", "ben", "T7", "T6"], []]
        assert [room.name for room in shown.favourites] == ["b"]
        assert [room.name for room in shown.rooms] == ["e", "f", "g"]
        assert shown.direct == []
        assert len(shown.entries) == 8

    def test_it_says_until_when_do_not_disturb_is_on_in_the_same_queries(self) -> None:
        ann = User.objects.create_user("ann")
        room_create(by=ann, name="tea")
        with self.assertNumQueries(3):
            assert sidebar_for(ann).dnd_until == 0
        until = timezone.now().replace(microsecond=0) + timedelta(hours=1)
        preferences_update(user=ann, dnd_until=until)
        assert sidebar_for(ann).dnd_until == int(until.timestamp())
        preferences_update(user=ann, dnd_until=timezone.now() - timedelta(seconds=1))
        assert sidebar_for(ann).dnd_until == 0

    def test_direct_rooms_have_faces_and_presence_in_the_same_queries(self) -> None:
        ann, ben, eve, zed = (User.objects.create_user(name) for name in ("ann", "ben", "eve", "zed"))
        User.objects.filter(pk=ben.pk).update(picture_digest="abc")
        for others in ([ben], [eve], [zed], [ben, eve]):
            direct_room_open(by=ann, people=others)
        room_create(by=ann, name="tea")
        create_connection(ben)
        create_connection(ben, idle=True)
        create_connection(eve, idle=True)
        with self.assertNumQueries(4):
            shown = {room.title: (room.face, room.presence) for room in sidebar_for(ann).entries}
        assert shown == {
            "ben": (Face(ben.pk, "/avatars/abc.webp", 1), "online"),
            "eve": (Face(eve.pk, None, 1), "away"),
            "zed": (Face(zed.pk, None, 1), ""),
            "ben, eve": (Face(None, None, 2), ""),
            "tea": (None, ""),
        }
