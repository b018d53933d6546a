"""Invite links: who may create them, whom they let in, and when they stop working."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from rooms.errors import Conflict, InvalidField, NotFound, ServiceError
from rooms.models import Ban, Block, InviteLink, InviteLinkUse, Membership, Room, User
from rooms.selectors.invite_links import (
    NOT_FOR_YOU,
    PROBLEMS,
    TOKEN_LENGTH,
    LinkState,
    get_invite_link,
    get_invite_link_for,
    invite_links_for,
    invite_token,
    link_states,
)
from rooms.services.accounts import account_create
from rooms.services.direct_rooms import direct_room_open
from rooms.services.invitations import invitation_create
from rooms.services.invite_links import (
    HAS_ACCOUNT,
    MAX_LINKS,
    MAX_USES,
    invite_link_create,
    invite_link_join,
    invite_link_revoke,
    invite_link_sign_up,
)
from rooms.services.members import member_remove, member_set_role
from rooms.services.rooms import room_close, room_create, room_delete, room_reopen
from rooms.tests.support.api_case import PASSWORD, ApiCase
from rooms.tests.support.concurrency import TogetherCase


class Links(ApiCase):
    def link(self, by: User | None = None, room: Room | None = None, **limits: object) -> InviteLink:
        return invite_link_create(by=by or self.mo, room=room or self.tea, **limits)  # type: ignore[arg-type]

    def join(self, link: InviteLink, user: User | None = None) -> Membership:
        return invite_link_join(user=user or self.zed, token=invite_token(link))

    def refusal(self, link: InviteLink, user: User | None = None) -> str:
        """Return why a link does not let the user in. Nothing may have been counted."""
        uses = InviteLink.objects.get(pk=link.pk).uses
        with pytest.raises(Conflict) as caught:
            self.join(link, user)
        assert InviteLink.objects.get(pk=link.pk).uses == uses
        return caught.value.detail

    def test_a_link_lets_people_into_a_private_room_as_members_and_records_who(self) -> None:
        link = self.link()
        assert self.join(link).role == Membership.Role.MEMBER
        link.refresh_from_db()
        assert (link.uses, [use.user for use in InviteLinkUse.objects.all()]) == (1, [self.zed])

    def test_a_member_who_opens_a_link_uses_nothing_up(self) -> None:
        link = self.link(max_uses=1)
        assert self.join(link, self.ann) == Membership.objects.get(user=self.ann, room=self.tea)
        assert self.join(link).user == self.zed

    def test_a_link_works_as_often_as_it_may_and_each_return_counts(self) -> None:
        link = self.link(max_uses=2)
        for _ in range(2):
            self.join(link)
            member_remove(by=self.olga, room=self.tea, user=self.zed)
        assert self.refusal(link) == str(PROBLEMS[LinkState.USED_UP])

    def test_an_expired_or_revoked_link_lets_nobody_in(self) -> None:
        expired, revoked = (self.link(expires_at=timezone.now() + timedelta(minutes=1)) for _ in range(2))
        InviteLink.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        invite_link_revoke(by=self.olga, link=revoked)
        first = InviteLink.objects.get(pk=revoked.pk).revoked_at
        invite_link_revoke(by=self.olga, link=revoked)
        assert InviteLink.objects.get(pk=revoked.pk).revoked_at == first
        assert self.refusal(expired) == str(PROBLEMS[LinkState.EXPIRED])
        assert self.refusal(revoked) == str(PROBLEMS[LinkState.REVOKED])

    def test_a_link_works_only_while_the_room_is_open(self) -> None:
        link = self.link()
        room_close(by=self.olga, room=self.tea)
        assert self.refusal(link) == str(PROBLEMS[LinkState.ARCHIVED])
        with pytest.raises(Conflict):
            self.link()
        room_reopen(by=self.olga, room=self.tea)
        self.join(link)

    def test_a_link_is_gone_with_its_room(self) -> None:
        token = invite_token(self.link())
        room_delete(by=self.olga, room=self.tea)
        with pytest.raises(NotFound):
            invite_link_join(user=self.zed, token=token)

    def test_links_of_people_who_may_no_longer_invite_do_not_work_until_they_may_again(self) -> None:
        link = self.link()
        member_set_role(by=self.olga, room=self.tea, user=self.mo, role="member")
        assert self.refusal(link) == str(PROBLEMS[LinkState.MAKER_GONE])
        member_set_role(by=self.olga, room=self.tea, user=self.mo, role="moderator")
        User.objects.filter(pk=self.mo.pk).update(is_active=False)
        assert self.refusal(link) == str(PROBLEMS[LinkState.MAKER_GONE])
        User.objects.filter(pk=self.mo.pk).update(is_active=True)
        assert self.join(link).user == self.zed
        member_remove(by=self.olga, room=self.tea, user=self.zed)
        member_remove(by=self.olga, room=self.tea, user=self.mo)
        assert self.refusal(link) == str(PROBLEMS[LinkState.MAKER_GONE])

    def test_a_link_does_not_work_without_its_maker(self) -> None:
        link = self.link()
        self.mo.delete()
        assert self.refusal(link) == str(PROBLEMS[LinkState.MAKER_GONE])

    def test_links_of_staff_work_in_rooms_that_they_are_not_in(self) -> None:
        User.objects.filter(pk=self.ben.pk).update(is_staff=True)
        staff = User.objects.get(pk=self.ben.pk)
        member_remove(by=self.olga, room=self.tea, user=staff)
        link = self.link(by=staff)
        self.join(link)
        User.objects.filter(pk=self.ben.pk).update(is_staff=False)
        assert self.refusal(link, self.ben) == str(PROBLEMS[LinkState.MAKER_GONE])

    def test_a_banned_person_and_one_whom_the_maker_blocks_are_refused_alike(self) -> None:
        link = self.link()
        ban = Ban.objects.create(room=self.tea, user=self.zed)
        assert self.refusal(link) == str(NOT_FOR_YOU)
        ban.delete()
        block = Block.objects.create(by=self.mo, user=self.zed)
        assert self.refusal(link) == str(NOT_FOR_YOU)
        block.delete()
        Block.objects.create(by=self.zed, user=self.mo)  # who uses the link wants to
        assert self.join(link).user == self.zed

    def test_joining_by_link_answers_an_invitation(self) -> None:
        invitation_create(by=self.mo, room=self.tea, user=self.zed)
        self.join(self.link())
        assert not self.zed.invitations.exists()

    def test_who_joins_a_room_without_an_owner_becomes_its_owner(self) -> None:
        User.objects.filter(pk=self.ben.pk).update(is_staff=True)
        den = room_create(by=self.zed, name="den", kind="private")
        Membership.objects.filter(room=den).delete()
        link = self.link(by=User.objects.get(pk=self.ben.pk), room=den)
        assert self.join(link).role == Membership.Role.OWNER

    def test_only_owners_and_moderators_and_staff_create_see_and_revoke_links(self) -> None:
        link = self.link(by=self.olga)
        for user in (self.ann, self.zed):
            for attempt in (
                lambda user=user: self.link(by=user),
                lambda user=user: invite_links_for(user, self.tea),
                lambda user=user: get_invite_link_for(user, link.link_id),
                lambda user=user: invite_link_revoke(by=user, link=link),
                lambda user=user: invite_link_create(by=user, room=None),
                lambda user=user: invite_links_for(user, None),
            ):
                with pytest.raises(NotFound):
                    attempt()
        assert list(invite_links_for(self.mo, self.tea)) == [link]
        invite_link_revoke(by=self.mo, link=link)

    def test_a_direct_room_has_no_links(self) -> None:
        with pytest.raises(Conflict):
            self.link(by=self.ann, room=direct_room_open(by=self.ann, people=[self.zed])[0])

    def test_limits_must_be_possible(self) -> None:
        for limits in ({"max_uses": 0}, {"max_uses": MAX_USES + 1}, {"expires_at": timezone.now()}):
            with pytest.raises(InvalidField):
                self.link(**limits)

    def test_a_room_has_a_maximum_of_links_that_work(self) -> None:
        links = [self.link() for _ in range(MAX_LINKS)]
        with pytest.raises(Conflict):
            self.link()
        invite_link_revoke(by=self.mo, link=links[0])
        self.link()

    def test_a_token_is_not_in_the_database_and_another_one_finds_nothing(self) -> None:
        link = self.link()
        token = invite_token(link)
        assert get_invite_link(token) == link
        assert len(token) == TOKEN_LENGTH
        stored = InviteLink.objects.filter(pk=link.pk).values().get()
        assert all(token[12:] not in str(value) for value in stored.values())
        wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
        for other in ("", "é", token[:-1], token + "a", wrong, "\0" * TOKEN_LENGTH, link.link_id, token.swapcase()):
            with pytest.raises(NotFound):
                get_invite_link(other)
        with self.settings(SECRET_KEY="another"), pytest.raises(NotFound):
            get_invite_link(token)

    def test_the_states_of_many_links_take_one_query(self) -> None:
        links = [self.link(), self.link(by=self.olga), self.link(by=self.olga, room=self.square)]
        loaded = list(InviteLink.objects.select_related("room", "created_by"))
        with self.assertNumQueries(1):
            assert link_states(loaded) == {link.pk: LinkState.WORKS for link in links}


class SigningUp(ApiCase):
    def sign_up(self, link: InviteLink, username: str = "newt", password: str = PASSWORD) -> tuple[User, Room | None]:
        return invite_link_sign_up(token=invite_token(link), username=username, password=password)

    def test_a_new_account_lands_in_the_room(self) -> None:
        link = invite_link_create(by=self.mo, room=self.tea, max_uses=1)
        user, room = self.sign_up(link)
        assert room == self.tea
        assert Membership.objects.get(user=user, room=self.tea).role == Membership.Role.MEMBER
        assert InviteLinkUse.objects.get().user == user

    def test_a_link_for_accounts_is_for_people_without_one(self) -> None:
        User.objects.filter(pk=self.olga.pk).update(is_staff=True)
        link = invite_link_create(by=User.objects.get(pk=self.olga.pk), room=None, max_uses=1)
        with pytest.raises(Conflict, match=str(HAS_ACCOUNT)):
            invite_link_join(user=self.zed, token=invite_token(link))
        user, room = self.sign_up(link)
        assert (room, user.is_staff, InviteLinkUse.objects.get().user) == (None, False, user)
        with pytest.raises(Conflict):
            self.sign_up(link, "other")
        assert not User.objects.filter(username="other").exists()
        User.objects.filter(pk=self.olga.pk).update(is_staff=False)
        InviteLink.objects.update(max_uses=None)
        with pytest.raises(Conflict, match=str(PROBLEMS[LinkState.MAKER_GONE])):
            self.sign_up(link, "other")

    def test_a_link_that_does_not_work_creates_no_account_and_a_wrong_name_uses_nothing_up(self) -> None:
        link = invite_link_create(by=self.mo, room=self.tea, max_uses=1)
        for username, password in (("ann", PASSWORD), ("newt", "short"), ("a b", PASSWORD)):
            with pytest.raises(InvalidField):
                self.sign_up(link, username, password)
        assert InviteLink.objects.get().uses == 0
        invite_link_revoke(by=self.mo, link=link)
        with pytest.raises(Conflict):
            self.sign_up(link)
        assert not User.objects.filter(username="newt").exists()


class AtOnce(TogetherCase):
    def setUp(self) -> None:
        self.owner = User.objects.create_superuser("owner", password=PASSWORD)
        self.room = room_create(by=self.owner, name="den", kind="private")
        self.people = [account_create(username=f"person-{number}", password=PASSWORD) for number in range(4)]

    def entering(self, link: InviteLink, user: User) -> Callable[[], Membership]:
        return lambda: invite_link_join(user=user, token=invite_token(link))

    def test_of_two_people_at_the_last_use_one_gets_in(self) -> None:
        link = invite_link_create(by=self.owner, room=self.room, max_uses=2)
        results = self.together(*[self.entering(link, user) for user in self.people])
        refused = [result for result in results if isinstance(result, ServiceError)]
        assert [error.detail for error in refused] == [str(PROBLEMS[LinkState.USED_UP])] * 2
        assert InviteLink.objects.get().uses == InviteLinkUse.objects.count() == 2
        assert Membership.objects.filter(room=self.room).count() == 3

    def test_of_two_new_accounts_at_the_last_use_one_is_created(self) -> None:
        link = invite_link_create(by=self.owner, room=None, max_uses=1)
        token = invite_token(link)
        before = User.objects.count()
        results = self.together(
            *[
                lambda name=name: invite_link_sign_up(token=token, username=name, password=PASSWORD)
                for name in ("one", "two", "three")
            ]
        )
        assert sum(isinstance(result, Conflict) for result in results) == 2, results
        assert User.objects.count() == before + 1
        assert InviteLink.objects.get().uses == InviteLinkUse.objects.count() == 1

    def test_somebody_who_joins_twice_at_once_uses_a_link_once(self) -> None:
        link = invite_link_create(by=self.owner, room=self.room)
        results = self.together(*[self.entering(link, self.people[0])] * 3)
        assert all(isinstance(result, Membership) for result in results), results
        assert InviteLink.objects.get().uses == 1
