"""The admin: lists, and changes that reach readers as if a moderator had made them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chatproject.realtime.delivery import publish
from rooms.models import Ban, Invitation, InviteLink, Membership, Mention, Message, Room, User
from rooms.selectors.invite_links import invite_token
from rooms.services.invitations import invitation_create
from rooms.services.invite_links import invite_link_create
from rooms.services.members import member_add, member_ban
from rooms.services.messages import message_edit
from rooms.services.posting import message_post
from rooms.services.profile import picture_set
from rooms.services.reactions import reaction_add
from rooms.services.room_mentions import room_mentions_write
from rooms.services.rooms import room_create, room_update
from rooms.tests.support.images import image

PASSWORD = "a-good-password"


class AdminCase(TestCase):
    """Ada is the admin; Olga owns `tea`; Ann is a member who has posted two messages there."""

    ada: User
    olga: User
    ann: User
    tea: Room

    @classmethod
    def setUpTestData(cls) -> None:
        cls.ada = User.objects.create_superuser("ada", password=PASSWORD)
        cls.olga, cls.ann = (User.objects.create_user(name, password=PASSWORD) for name in ("olga", "ann"))
        cls.tea = room_create(by=cls.olga, name="tea", kind="private")
        member_add(by=cls.olga, room=cls.tea, user=cls.ann)
        for content in ("one", "two"):
            message_post(by=cls.ann, room=cls.tea, content=content)

    def setUp(self) -> None:
        self.client.force_login(self.ada)

    def page(self, name: str, *args: Any) -> str:
        return reverse(f"admin:rooms_{name}", args=args)

    def sentences(self, response: Any) -> list[str]:
        return [str(message) for message in get_messages(response.wsgi_request)]

    def run_action(self, model: str, action: str, *ids: int) -> Any:
        """Run an action of a list, including its confirmation."""
        body = {"action": action, "_selected_action": ids, "post": "yes"}
        return self.client.post(self.page(f"{model}_changelist"), body)

    @contextmanager
    def announced(self) -> Iterator[list[Any]]:
        """Collect what is published while the block runs."""
        seen: list[Any] = []
        put, publish.publisher.put = publish.publisher.put, seen.append  # type: ignore[method-assign,assignment]
        try:
            with self.captureOnCommitCallbacks(execute=True):
                yield seen
        finally:
            publish.publisher.put = put  # type: ignore[method-assign]


class ListTests(AdminCase):
    def test_every_list_can_be_opened_searched_and_filtered(self) -> None:
        member_ban(by=self.olga, room=self.tea, user=self.ada)
        for model in ("user", "room", "membership", "ban", "invitation", "message"):
            url = self.page(f"{model}_changelist")
            assert self.client.get(url).status_code == 200
            assert self.client.get(url, {"q": "tea"}).status_code == 200
        for model, query in (
            ("message", "deleted_at__isempty=0"),
            ("room", "kind=private"),
            ("membership", "role=owner"),
        ):
            response = self.client.get(f"{self.page(f'{model}_changelist')}?{query}")
            assert response.status_code == 200

    def test_lists_take_a_constant_number_of_queries(self) -> None:
        def costs() -> list[int]:
            counted = []
            for model in ("user", "room", "membership", "ban", "invitation", "message"):
                with CaptureQueriesContext(connection) as queries:
                    self.client.get(self.page(f"{model}_changelist"))
                counted.append(len(queries))
            return counted

        member_ban(by=self.olga, room=self.tea, user=User.objects.create_user("first"))
        invitation_create(by=self.olga, room=self.tea, user=self.ada)
        before = costs()
        for number in range(10):
            user = User.objects.create_user(f"user-{number}")
            room = room_create(by=user, name=f"room-{number}")
            message_post(by=user, room=room, content="hello")
            member_ban(by=user, room=room, user=self.ann)
            invitation_create(by=user, room=room, user=self.ada)
        assert costs() == before

    def test_user_text_is_escaped_in_the_admin(self) -> None:
        bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
        User.objects.filter(pk=self.ann.pk).update(display_name=bad[:80])
        room_update(by=self.olga, room=self.tea, title=bad, description=bad)
        message_post(by=self.ann, room=self.tea, content=bad)
        message = Message.objects.get(seq=3)
        for url in (
            self.page("message_changelist"),
            self.page("message_change", message.pk),
            self.page("room_changelist"),
            self.page("room_change", self.tea.pk),
            self.page("room_delete", self.tea.pk),
            self.page("user_changelist"),
            self.page("user_change", self.ann.pk),
        ):
            text = self.client.get(url).content.decode()
            assert "<script>alert" not in text
            assert "<img src=x" not in text

    def test_only_staff_can_enter(self) -> None:
        self.client.force_login(self.ann)
        assert self.client.get(self.page("message_changelist")).status_code in {302, 404}

    def test_deletion_confirmations_take_a_constant_number_of_queries(self) -> None:
        def costs() -> list[int]:
            counted = []
            for url in (self.page("user_delete", self.olga.pk), self.page("message_delete", message.pk)):
                with CaptureQueriesContext(connection) as queries:
                    self.assertContains(self.client.get(url), "<li>Mentions: ")
                counted.append(len(queries))
            return counted

        message_post(by=self.ann, room=self.tea, content="@olga")
        message = Message.objects.get(seq=3)
        before = costs()
        for number in range(5):
            fan = User.objects.create_user(f"fan-{number}")
            member_add(by=self.olga, room=self.tea, user=fan)
            reaction_add(by=fan, room=self.tea, seq=3, emoji="👍")
            message_post(by=fan, room=self.tea, content="@olga")
        assert costs() == before


class ProfileTests(AdminCase):
    def test_a_picture_is_shown_and_removing_it_is_announced(self) -> None:
        picture_set(user=self.ann, data=image())
        self.ann.refresh_from_db()
        assert str(self.ann.avatar) in self.client.get(self.page("user_change", self.ann.pk)).content.decode()
        with self.announced() as announcements:
            self.run_action("user", "remove_pictures", self.ann.pk)
        assert [(told["type"], told["person"]["avatar"]) for told in announcements] == [("person", None)]

    def test_a_changed_name_is_announced_and_a_misleading_one_rejected(self) -> None:
        url = self.page("user_change", self.ann.pk)
        form = {"username": "ann", "is_active": "on", "date_joined_0": "2026-01-01", "date_joined_1": "10:00"}
        with self.announced() as announcements:
            self.client.post(url, form | {"display_name": "Ann of Tea"})
        assert "Ann of Tea" in [told["person"]["display_name"] for told in announcements if told["type"] == "person"]
        assert b"another person&#x27;s" in self.client.post(url, form | {"display_name": "Olga"}).content
        self.ann.refresh_from_db()
        assert self.ann.display_name == "Ann of Tea"


class InvitationTests(AdminCase):
    def test_an_invitation_is_created_and_cancelled_through_services(self) -> None:
        ben = User.objects.create_user("ben")
        self.client.post(self.page("invitation_add"), {"room": self.tea.pk, "user": ben.pk})
        invitation = Invitation.objects.get()
        assert (invitation.room, invitation.user, invitation.by) == (self.tea, ben, self.ada)
        response = self.client.post(self.page("invitation_add"), {"room": self.tea.pk, "user": self.ann.pk})
        assert self.sentences(response)[-1] == "This person is already a member."
        self.run_action("invitation", "delete_selected", invitation.pk)
        assert not Invitation.objects.exists()


class InviteLinkTests(AdminCase):
    def test_links_are_revoked_and_shown_without_the_part_that_lets_people_in(self) -> None:
        links = [invite_link_create(by=self.olga, room=self.tea), invite_link_create(by=self.ada, room=None)]
        for page in (self.page("invitelink_changelist"), self.page("invitelink_change", links[0].pk)):
            content = self.client.get(page).content.decode()
            assert links[0].link_id in content
            assert invite_token(links[0]) not in content
        self.run_action("invitelink", "revoke_links", *(link.pk for link in links))
        assert not InviteLink.objects.filter(revoked_at=None).exists()
        assert self.client.post(self.page("invitelink_add")).status_code == 403


class MessageTests(AdminCase):
    def test_a_deleted_message_leaves_a_tombstone_and_is_announced(self) -> None:
        message = Message.objects.get(seq=1)
        with self.announced() as announcements:
            self.client.post(self.page("message_delete", message.pk), {"post": "yes"})
        message.refresh_from_db()
        assert (message.content, message.deleted_at is not None) == ("", True)
        assert [announcement.version for announcement in announcements] == [message.version]

    def test_a_message_to_everybody_lists_only_those_whom_it_names(self) -> None:
        member_add(by=self.olga, room=self.tea, user=User.objects.create_user("ben"))
        message = message_post(by=self.olga, room=self.tea, content="@room and @ann").message
        room_mentions_write()
        assert message.mentions.count() == 2
        (mentions,) = [
            each.formset.queryset
            for each in self.client.get(self.page("message_change", message.pk)).context["inline_admin_formsets"]
            if each.opts.model is Mention
        ]
        assert [mention.user for mention in mentions] == [self.ann]

    def test_several_messages_can_be_deleted_at_once(self) -> None:
        with self.announced() as announcements:
            self.run_action("message", "delete_selected", *Message.objects.values_list("pk", flat=True))
        assert Message.objects.exclude(deleted_at=None).count() == 2
        assert len(announcements) == 2

    def test_messages_can_not_be_added_or_changed(self) -> None:
        message = Message.objects.get(seq=1)
        assert self.client.get(self.page("message_add")).status_code == 403
        assert self.client.post(self.page("message_change", message.pk), {"content": "other"}).status_code == 403
        message.refresh_from_db()
        assert message.content == "one"


class RoomTests(AdminCase):
    FORM = {"title": "Green", "description": "", "kind": "private", "guests": "none"}
    FORM |= {"pinning": "members", "room_mentions": "members"}

    def test_a_room_created_in_the_admin_has_an_owner(self) -> None:
        self.client.post(self.page("room_add"), {**self.FORM, "name": "garden"})
        room = Room.objects.get(name="garden")
        assert (room.title, room.pinning, room.room_mentions, room.created_by) == (
            "Green",
            "members",
            "members",
            self.ada,
        )
        assert Membership.objects.get(room=room).role == "owner"

    def test_a_change_is_announced_and_counters_are_read_only(self) -> None:
        before = Room.objects.get(pk=self.tea.pk)
        with self.announced() as announcements:
            body = {**self.FORM, "name": "coffee", "version": 99, "last_seq": 99}
            response = self.client.post(self.page("room_change", self.tea.pk), body)
        room = Room.objects.get(pk=self.tea.pk)
        assert response.status_code == 302
        assert (room.name, room.title, room.version) == ("tea", "Green", before.version + 1)
        assert room.last_seq == before.last_seq
        assert [announcement.changed for announcement in announcements] == [True]

    def test_archiving_unarchiving_and_deleting_rooms_notifies_their_readers(self) -> None:
        for action, closed in (("close_rooms", True), ("reopen_rooms", False)):
            with self.announced() as announcements:
                self.run_action("room", action, self.tea.pk)
            assert (Room.objects.get(pk=self.tea.pk).closed_at is not None) is closed
            assert len(announcements) == 1
        with self.announced() as announcements:
            self.client.post(self.page("room_delete", self.tea.pk), {"post": "yes"})
        assert not Room.objects.filter(pk=self.tea.pk).exists()
        assert len(announcements) == 1

    def test_the_confirmation_page_for_a_large_room_is_short(self) -> None:
        response = self.client.get(self.page("room_delete", self.tea.pk))
        self.assertContains(response, "<li>Messages: 2</li>")

    def test_invalid_values_are_reported_in_the_form(self) -> None:
        for wrong in ({"name": "Big Name"}, {"name": "tea"}, {"name": "ok", "guests": "read"}):
            response = self.client.post(self.page("room_add"), {**self.FORM, **wrong})
            assert response.status_code == 200
        assert Room.objects.count() == 1


class MemberTests(AdminCase):
    def test_actions_apply_to_all_selected_rows_or_to_none(self) -> None:
        member_add(by=self.olga, room=self.tea, user=self.ada)
        here = Membership.objects.values_list("pk", flat=True)
        self.run_action("membership", "delete_selected", *here.exclude(user=self.ada))  # including the only owner
        assert Membership.objects.count() == 3
        self.run_action("membership", "delete_selected", *here)
        assert Membership.objects.count() == 0

    def test_removing_and_banning_are_announced_to_readers(self) -> None:
        member = Membership.objects.get(user=self.ann)
        with self.announced() as announcements:
            self.run_action("membership", "ban_members", member.pk)
        assert announcements[0].reasons == {self.ann.pk: "banned"}
        assert Ban.objects.get(user=self.ann).by == self.ada
        self.client.post(self.page("ban_delete", Ban.objects.get().pk), {"post": "yes"})
        self.client.post(self.page("membership_add"), {"room": self.tea.pk, "user": self.ann.pk, "role": "member"})
        member = Membership.objects.get(user=self.ann)
        with self.announced() as announcements:
            self.client.post(self.page("membership_delete", member.pk), {"post": "yes"})
        assert announcements[0].reasons == {self.ann.pk: "removed"}
        self.client.post(self.page("ban_add"), {"room": self.tea.pk, "user": self.ann.pk})
        response = self.client.post(
            self.page("membership_add"), {"room": self.tea.pk, "user": self.ann.pk, "role": "member"}
        )
        assert self.sentences(response)[-1] == "This person is banned from the room. Unban them first."

    def test_a_services_error_is_shown_and_nothing_is_changed(self) -> None:
        owner = Membership.objects.get(user=self.olga)
        for answer in (
            self.client.post(self.page("membership_change", owner.pk), {"role": "member"}),
            self.client.post(self.page("membership_delete", owner.pk), {"post": "yes"}),
            self.run_action("membership", "delete_selected", owner.pk),
        ):
            assert self.sentences(answer)[-1] == "A room needs an owner. Make somebody else an owner first."
        owner.refresh_from_db()
        assert owner.role == "owner"


class PersonTests(AdminCase):
    def fields(self, user: User, **changed: Any) -> dict[str, Any]:
        joined = {"username": user.username, "display_name": "", "is_active": "on", **changed}
        return {key: value for key, value in joined.items() if value is not None}

    def test_deactivating_an_account_makes_its_sockets_authenticate_again(self) -> None:
        with self.announced() as announcements:
            self.client.post(self.page("user_change", self.ann.pk), self.fields(self.ann, is_active=None))
        self.ann.refresh_from_db()
        assert self.ann.is_active is False
        assert announcements == [{"type": "identities", "user_id": self.ann.pk}]

    def test_a_new_password_ends_sessions_that_used_the_old_one(self) -> None:
        ann = Client()
        ann.force_login(self.ann)
        url = reverse("admin:auth_user_password_change", args=[self.ann.pk])
        with self.announced() as announcements:
            body = {"password1": "another-good-one", "password2": "another-good-one", "usable_password": "true"}
            assert self.client.post(url, body).status_code == 302
        assert announcements == [{"type": "identities", "user_id": self.ann.pk}]
        assert ann.get("/api/rooms/").status_code == 401

    def test_messages_of_a_deleted_account_stay(self) -> None:
        for delete in (
            lambda: self.client.post(self.page("user_delete", self.ann.pk), {"post": "yes"}),
            lambda: self.run_action("user", "delete_selected", self.olga.pk),
        ):
            with self.announced() as announcements:
                delete()
            assert len(announcements) == 1
            assert announcements[0]["user_id"] in {self.ann.pk, self.olga.pk}
        assert not User.objects.exclude(pk=self.ada.pk).exists()
        assert [(message.user_name, message.content, message.author) for message in Message.objects.all()] == [
            ("ann", "one", None),
            ("ann", "two", None),
        ]

    def test_an_account_created_in_the_admin_can_sign_in(self) -> None:
        body = {"username": "new", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
        self.client.post(self.page("user_add"), body)
        assert Client().login(username="NEW", password=PASSWORD)
        response = self.client.post(self.page("user_add"), {**body, "username": "ANN"})
        assert response.status_code == 200

    def test_a_reset_link_works_once(self) -> None:
        url = self.page("user_reset_link", self.ann.pk)
        self.assertContains(self.client.get(self.page("user_change", self.ann.pk)), url)
        asked = self.client.get(url)
        assert "/password/reset/" not in asked.content.decode()
        made = self.client.post(url)
        assert "no-store" in made["Cache-Control"]
        link = re.search(r'value="(http://testserver/[^"]+)"', made.content.decode())
        assert link
        visitor = Client()
        page = visitor.get(link[1], follow=True)
        assert page.status_code == 200
        body = {"new_password1": "another-good-one", "new_password2": "another-good-one"}
        assert visitor.post(page.redirect_chain[-1][0], body).status_code == 302
        assert Client().login(username="ann", password="another-good-one")
        again = Client().get(link[1], follow=True)
        assert not again.context["validlink"]

    @override_settings(PUBLIC_URL="https://chat.example.org:8443")
    def test_a_reset_link_leads_to_the_public_address(self) -> None:
        made = self.client.post(self.page("user_reset_link", self.ann.pk), HTTP_HOST="localhost:4444")
        self.assertContains(made, 'value="https://chat.example.org:8443/accounts/password/reset/')

    def test_staff_can_not_create_a_reset_link_for_an_admin(self) -> None:
        self.ann.is_staff = True
        self.ann.save()
        self.ann.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
        self.client.force_login(self.ann)
        assert self.client.post(self.page("user_reset_link", self.ada.pk)).status_code == 403
        assert self.client.post(self.page("user_reset_link", self.olga.pk)).status_code == 200


class MessageInlineTests(AdminCase):
    def test_a_messages_page_shows_revisions_reactions_and_mentions_read_only(self) -> None:
        message_edit(by=self.ann, room=self.tea, seq=1, content="@olga, one")
        reaction_add(by=self.olga, room=self.tea, seq=1, emoji="👍")
        message = Message.objects.get(seq=1)
        page = self.client.get(self.page("message_change", message.pk)).content.decode()
        for shown in ("<p>one</p>", "<p>👍</p>", "Named"):
            assert shown in page
        assert 'name="reactions-0-emoji"' not in page
