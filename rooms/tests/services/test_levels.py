"""What members want of a room: notifications, muting and favourites."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.test import TransactionTestCase
from django.utils import timezone

from rooms.errors import InvalidField, NotFound
from rooms.models import Membership, Room, User
from rooms.selectors.unread import unread_of
from rooms.services.levels import membership_update
from rooms.services.room_news import room_news_decide
from rooms.services.rooms import room_create
from rooms.tests.services.test_posting import WithRoom
from rooms.tests.support.concurrency import TogetherCase


class Choosing(WithRoom):
    def test_only_the_given_settings_of_ones_own_membership_change(self) -> None:
        membership_update(user=self.ben, room=self.room, level="nothing")
        changed = membership_update(user=self.ben, room=self.room, muted=True)
        assert (changed.level, changed.muted, changed.favourite) == ("nothing", True, False)
        membership_update(user=self.ben, room=self.room, muted=False, favourite=True)
        others = Membership.objects.exclude(user=self.ben).values_list("level", "muted", "favourite")
        assert set(others) == {("", False, False)}
        (shown,) = unread_of([self.ben.pk])
        assert (shown.level, shown.muted, shown.favourite) == ("nothing", False, True)

    def test_a_room_is_listened_to_from_when_a_member_wants_to_hear_everything(self) -> None:
        self.post("before")
        membership_update(user=self.ben, room=self.room, level="mentions")
        assert not Room.objects.get(pk=self.room.pk).listened
        membership_update(user=self.ben, room=self.room, level="everything")
        room = Room.objects.get(pk=self.room.pk)
        assert (room.listened, room.heard_seq) == (True, 1)

    def test_others_and_unknown_levels_are_refused(self) -> None:
        for level in ("", "loud"):
            with pytest.raises(InvalidField, match=r"^level: "):
                membership_update(user=self.ben, room=self.room, level=level)
        with pytest.raises(NotFound):
            membership_update(user=User.objects.create_user("eve"), room=self.room, level="nothing")


class Concurrently(TogetherCase, TransactionTestCase):
    def test_a_decision_at_the_same_time_does_not_end_listening(self) -> None:
        ann = User.objects.create_user("ann")
        room = room_create(by=ann, name="tea")
        choose = partial(membership_update, user=ann, room=room, level="everything")
        for _ in range(30):
            Membership.objects.update(level="")
            Room.objects.update(listened=True, news_at=timezone.now() - timedelta(minutes=1))
            assert not any(isinstance(one, Exception) for one in self.together(room_news_decide, choose))
            assert Room.objects.get().listened
