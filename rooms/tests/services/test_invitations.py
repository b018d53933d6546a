"""Invitations: who can invite whom, who is notified, and what deletes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from rooms import signals
from rooms.errors import Conflict, NotFound
from rooms.models import Invitation, InvitationHistory, Room, User
from rooms.services.direct_rooms import direct_room_open
from rooms.services.invitations import (
    REINVITE_AFTER,
    RENOTIFY_AFTER,
    invitation_accept,
    invitation_create,
    invitation_decline,
    invitation_withdraw,
)
from rooms.services.locking import lock_room
from rooms.services.members import member_add, member_ban, member_join, member_leave, member_remove, member_unban
from rooms.services.rooms import room_close, room_create, room_delete
from rooms.tests.support.api_case import ApiCase


@contextmanager
def recorded_invitations() -> Iterator[list[Invitation]]:
    """Collect the invitations that are signalled to other apps."""
    sent: list[Invitation] = []

    def record(*, invitation: Invitation, **_: Any) -> None:
        sent.append(invitation)

    signals.person_invited.connect(record)
    try:
        yield sent
    finally:
        signals.person_invited.disconnect(record)


class Inviting(ApiCase):
    def invite(self, user: User, room: Room | None = None) -> Invitation:
        return invitation_create(by=self.mo, room=room or self.tea, user=user)

    def invited(self) -> list[str]:
        return [entry["user_name"] for entry in self.ok("GET", "rooms/tea/invitations/", by=self.mo)["results"]]

    def mine(self) -> list[Any]:
        results: list[Any] = self.ok("GET", "invitations/", by=self.zed)["results"]
        return results

    def test_invited_users_see_only_the_room_name_title_and_who_invited_them(self) -> None:
        self.mo.display_name = "Mo Hall"
        self.mo.save()
        made = self.ok("POST", "rooms/tea/invitations/", {"user_name": "ZED"}, by=self.mo, status=201)
        assert (made["user_name"], made["by"], made["avatar"]) == ("zed", "mo", None)
        assert self.invited() == ["zed"]
        (mine,) = self.mine()
        assert mine.pop("created_at") == made["created_at"]
        assert mine == {"room_name": "tea", "title": "Tea", "by": "mo", "by_display_name": "Mo Hall"}
        self.refused(404, "not_found", "GET", "rooms/tea/", by=self.zed)
        self.refused(404, "not_found", "GET", "rooms/tea/invitations/", by=self.zed)
        assert self.ok("GET", "invitations/", by=self.ann)["results"] == []

    def test_nobody_can_be_invited_to_a_closed_room(self) -> None:
        room_close(by=self.olga, room=self.tea)
        self.refused(409, "conflict", "POST", "rooms/tea/invitations/", {"user_name": "zed"}, by=self.mo)
        assert self.invited() == []

    def test_accepting_creates_a_membership_once(self) -> None:
        self.invite(self.zed)
        member = self.ok("POST", "invitations/tea/", by=self.zed, status=201)
        assert (member["user_name"], member["role"]) == ("zed", "member")
        assert self.mine() == self.invited() == []
        self.refused(404, "not_found", "POST", "invitations/tea/", by=self.zed)
        self.refused(404, "not_found", "POST", "invitations/tea/", by=self.ann)

    def test_declining_and_withdrawing_delete_the_invitation(self) -> None:
        self.invite(self.zed)
        assert self.ok("DELETE", "invitations/tea/", by=self.zed, status=204) is None
        self.refused(404, "not_found", "DELETE", "invitations/tea/", by=self.zed)
        InvitationHistory.objects.update(declined_at=timezone.now() - REINVITE_AFTER)
        self.invite(self.zed)
        self.refused(404, "not_found", "DELETE", "rooms/tea/invitations/zed/", by=self.ann)
        assert self.ok("DELETE", "rooms/tea/invitations/zed/", by=self.olga, status=204) is None
        self.refused(404, "not_found", "DELETE", "rooms/tea/invitations/zed/", by=self.olga)
        self.refused(404, "not_found", "POST", "invitations/tea/", by=self.zed)

    def test_users_who_declined_can_not_be_invited_again_for_some_days(self) -> None:
        self.invite(self.zed)
        invitation_decline(user=self.zed, room_name="tea")
        for by in (self.mo, self.olga):
            self.refused(409, "conflict", "POST", "rooms/tea/invitations/", {"user_name": "zed"}, by=by)
        invitation_create(by=self.olga, room=self.square, user=self.zed)
        InvitationHistory.objects.update(declined_at=timezone.now() - REINVITE_AFTER)
        self.invite(self.zed)
        assert len(self.mine()) == 2

    def test_repeated_invitations_notify_once_a_day(self) -> None:
        with recorded_invitations() as sent:
            for _ in range(3):
                self.invite(self.zed)
                invitation_withdraw(by=self.mo, room=self.tea, user=self.zed)
            for _ in range(3):
                self.invite(self.zed)
                invitation_accept(user=self.zed, room_name="tea")
                member_leave(user=self.zed, room=self.tea)
            assert len(sent) == 1
            InvitationHistory.objects.update(told_at=timezone.now() - RENOTIFY_AFTER)
            self.invite(self.zed)
        assert len(sent) == 2

    def test_joining_otherwise_a_ban_and_deleting_the_room_delete_the_invitation(self) -> None:
        self.invite(self.zed)
        member_add(by=self.olga, room=self.tea, user=self.zed)
        assert not Invitation.objects.exists()
        invitation_create(by=self.olga, room=self.square, user=self.zed)
        member_join(user=self.zed, room=self.square)
        assert not Invitation.objects.exists()
        member_remove(by=self.olga, room=self.tea, user=self.zed)
        self.invite(self.zed)
        member_ban(by=self.olga, room=self.tea, user=self.zed)
        assert not Invitation.objects.exists()
        member_unban(by=self.olga, room=self.tea, user=self.zed)
        self.invite(self.zed)
        room_delete(by=self.olga, room=self.tea)
        assert self.mine() == []

    def test_members_and_banned_or_inactive_users_can_not_be_invited(self) -> None:
        with pytest.raises(Conflict, match="already"):
            self.invite(self.ann)
        member_ban(by=self.olga, room=self.tea, user=self.zed)
        with pytest.raises(Conflict, match="banned"):
            self.invite(self.zed)
        member_unban(by=self.olga, room=self.tea, user=self.zed)
        self.zed.is_active = False
        with pytest.raises(NotFound):
            self.invite(self.zed)

    def test_members_and_outsiders_can_not_invite(self) -> None:
        for by in (self.ann, self.zed):
            with pytest.raises(NotFound):
                invitation_create(by=by, room=self.tea, user=self.zed)
        self.refused(404, "not_found", "GET", "rooms/tea/invitations/", by=self.ann)
        direct, _ = direct_room_open(by=self.ann, people=[self.ben])
        with pytest.raises(Conflict):
            invitation_create(by=self.ann, room=direct, user=self.zed)

    def test_inviting_again_changes_nothing_and_notifies_nobody(self) -> None:
        with recorded_invitations() as sent:
            assert self.invite(self.zed) == invitation_create(by=self.olga, room=self.tea, user=self.zed)
        assert [invitation.user for invitation in sent] == [self.zed]

    def test_an_invitation_withdrawn_while_it_is_accepted_is_not_valid(self) -> None:
        self.invite(self.zed)

        def lock_late(room: Room) -> Room:
            room.invitations.all().delete()
            return lock_room(room)

        with patch("rooms.services.invitations.lock_room", lock_late), pytest.raises(NotFound):
            invitation_accept(user=self.zed, room_name="tea")
        assert not self.tea.memberships.filter(user=self.zed).exists()

    def test_lists_take_a_constant_number_of_queries(self) -> None:
        def costs() -> list[int]:
            counts = []
            for path, by in (("rooms/tea/invitations/", self.mo), ("invitations/", self.zed)):
                with self.assertNumQueries(4 if by == self.mo else 2):
                    counts.append(len(self.ok("GET", path, by=by)["results"]))
            return counts

        self.invite(self.zed)
        assert costs() == [1, 1]
        for number in range(5):
            self.invite(User.objects.create_user(f"user-{number}"))
            room = room_create(by=self.mo, name=f"room-{number}", kind="private")
            self.invite(self.zed, room)
        assert costs() == [6, 6]
