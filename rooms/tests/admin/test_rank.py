"""Permissions on accounts in the admin: nobody can raise their own, and one admin always remains."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from chatproject.models import Connection, ServerProcess
from rooms.errors import NotFound
from rooms.models import Picture, User
from rooms.services.connections import connection_disconnect
from rooms.services.tokens import token_create
from rooms.tests.admin.test_admin import PASSWORD, AdminCase

NEW = "Taken-over-99"


class RankCase(AdminCase):
    """Helen is staff and may do whatever permissions allow with users, tokens, groups and connections; Peter likewise.

    Paul is staff with less than that, Quinn no staff but has a permission that Helen lacks.
    """

    helen: User
    peter: User
    paul: User
    quinn: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        rights = Permission.objects.filter(
            content_type__model__in=["user", "personalaccesstoken", "group", "connection"]
        )
        for name in ("helen", "peter"):
            user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
            user.user_permissions.set(rights)
            setattr(cls, name, user)
        cls.paul = User.objects.create_user("paul", password=PASSWORD, is_staff=True)
        cls.paul.user_permissions.set(rights[:1])
        cls.quinn = User.objects.create_user("quinn", password=PASSWORD)
        cls.quinn.user_permissions.set(Permission.objects.filter(codename="delete_room"))

    def setUp(self) -> None:
        self.client.force_login(self.helen)

    def change(self, user: User, **fields: Any) -> Any:
        """Save the form of an account with these fields changed."""
        flags = {flag: "on" for flag in ("is_active", "is_staff", "is_superuser") if getattr(user, flag)}
        form = {"username": user.username, "display_name": "", "email": user.email, **flags, **fields}
        form = {name: value for name, value in form.items() if value is not None}
        return self.client.post(self.page("user_change", user.pk), form)

    def try_everything_on(self, user: User) -> list[HttpResponse]:
        """Try to take over, change, deactivate and delete an account, and return the responses."""
        token_create(user=user, name="bot")
        token = user.access_tokens.get()
        process = ServerProcess.objects.create(host="here", pid=1)
        socket = Connection.objects.create(id=user.username, process=process, user=user, opened_at=timezone.now())
        password = {"password1": NEW, "password2": NEW, "usable_password": "true"}
        connection = "admin:chatproject_connection"
        return [
            self.client.get(self.page("user_reset_link", user.pk)),
            self.client.post(self.page("user_reset_link", user.pk)),
            self.client.get(reverse("admin:auth_user_password_change", args=[user.pk])),
            self.client.post(reverse("admin:auth_user_password_change", args=[user.pk]), password),
            self.change(user, email="helen@example.org"),
            self.change(user, username="mine"),
            self.change(user, is_active=None),
            self.change(user, is_staff=None, is_superuser=None),
            self.client.post(self.page("user_delete", user.pk), {"post": "yes"}),
            self.run_action("user", "delete_selected", user.pk, self.ann.pk),
            self.run_action("user", "remove_pictures", user.pk),
            self.client.post(self.page("personalaccesstoken_delete", token.pk), {"post": "yes"}),
            self.run_action("personalaccesstoken", "revoke_tokens", token.pk),
            self.run_action("personalaccesstoken", "delete_selected", token.pk),
            self.client.post(reverse(f"{connection}_delete", args=[socket.pk]), {"post": "yes"}),
            self.client.post(
                reverse(f"{connection}_changelist"), {"action": "disconnect", "_selected_action": [socket.pk]}
            ),
        ]

    def permissions(self, user: User) -> Any:
        """The state and permissions of an account."""
        fresh = User.objects.get(pk=user.pk)
        many = [set(rows.values_list("pk", flat=True)) for rows in (fresh.groups, fresh.user_permissions)]
        return fresh.is_active, fresh.is_staff, fresh.is_superuser, many


class Rank(RankCase):
    def test_staff_can_not_change_accounts_with_higher_rights(self) -> None:
        retired = User.objects.create_superuser("retired", password=PASSWORD, is_active=False)
        away = User.objects.create_user("away", password=PASSWORD, is_staff=True, is_active=False)
        away.user_permissions.set(self.quinn.user_permissions.all())
        for user in (self.ada, self.peter, self.quinn, retired, away):
            Picture.objects.create(user=user, digest=user.username, image=b"x")
            user.picture_digest = user.username
            user.save()
            before = User.objects.filter(pk=user.pk).values().get(), self.permissions(user)
            with self.subTest(user=user.username):
                for number, answer in enumerate(self.try_everything_on(user)):
                    assert answer.status_code == 403, (number, answer.status_code)
                assert (User.objects.filter(pk=user.pk).values().get(), self.permissions(user)) == before
                assert user.access_tokens.get().revoked_at is None
                assert not Connection.objects.get(user=user).disconnect_requested
                with self.assertRaises(NotFound):
                    connection_disconnect(by=self.helen, connection_id=user.username)
        assert User.objects.filter(pk=self.ann.pk).exists()

    def test_staff_can_change_lower_accounts_and_their_own(self) -> None:
        for user in (self.olga, self.paul, self.helen):
            with self.subTest(user=user.username):
                assert self.client.get(self.page("user_reset_link", user.pk)).status_code == 200
                assert self.change(user, email="new@example.org").status_code == 302
                assert User.objects.get(pk=user.pk).email == "new@example.org"
        assert self.client.post(self.page("user_delete", self.paul.pk), {"post": "yes"}).status_code == 302
        assert not User.objects.filter(pk=self.paul.pk).exists()

    def test_staff_can_not_grant_permissions(self) -> None:
        group = Group.objects.create(name="all of it")
        group.permissions.set(Permission.objects.all())
        everything = {
            "is_staff": "on",
            "is_superuser": "on",
            "groups": [group.pk],
            "user_permissions": list(Permission.objects.values_list("pk", flat=True)),
        }
        for user in (self.helen, self.olga, self.paul):
            before = self.permissions(user)
            with self.subTest(user=user.username):
                assert self.change(user, **everything).status_code == 302
                assert self.permissions(user) == before
        form = {"username": "eve", "password1": NEW, "password2": NEW, "usable_password": "true", **everything}
        self.client.post(self.page("user_add"), form)
        assert self.permissions(User.objects.get(username="eve")) == (True, False, False, [set(), set()])

    def test_groups_are_for_superusers(self) -> None:
        group = Group.objects.create(name="helpers")
        self.helen.groups.add(group)
        form = {"name": "helpers", "permissions": list(Permission.objects.values_list("pk", flat=True))}
        for address in ("add", "change", "delete"):
            args = [] if address == "add" else [group.pk]
            answer = self.client.post(reverse(f"admin:auth_group_{address}", args=args), {**form, "post": "yes"})
            assert answer.status_code == 403
        assert not group.permissions.exists()
        self.client.force_login(self.ada)
        assert self.client.post(reverse("admin:auth_group_change", args=[group.pk]), form).status_code == 302
        assert group.permissions.exists()

    def test_superusers_can_do_everything(self) -> None:
        other = User.objects.create_superuser("other", password=PASSWORD)
        self.client.force_login(self.ada)
        for user in (other, self.helen):
            assert self.change(user, is_staff="on", is_superuser="on", email="x@example.org").status_code == 302
            assert User.objects.get(pk=user.pk).is_superuser
            assert self.client.post(self.page("user_reset_link", user.pk)).status_code == 200
            assert self.run_action("user", "delete_selected", user.pk).status_code == 302
            assert not User.objects.filter(pk=user.pk).exists()


class LastAdmin(AdminCase):
    SENTENCE = "ada is the last admin. Make somebody else a superuser first."

    def test_the_last_admin_remains_an_admin(self) -> None:
        # None of these could replace her as an admin.
        User.objects.create_superuser("retired", password=PASSWORD, is_active=False)
        User.objects.create_user("outside", password=PASSWORD, is_superuser=True)
        whole = {"username": "ada", "display_name": "", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
        for flag in ("is_active", "is_staff", "is_superuser"):
            form = {name: value for name, value in whole.items() if name != flag}
            answer = self.client.post(self.page("user_change", self.ada.pk), form)
            self.assertContains(answer, self.SENTENCE)
        unset = {"usable_password": "false", "unset-password": "x"}
        answers = [
            self.client.post(self.page("user_delete", self.ada.pk), {"post": "yes"}),
            self.run_action("user", "delete_selected", self.ann.pk, self.ada.pk),
            self.client.post(reverse("admin:auth_user_password_change", args=[self.ada.pk]), unset),
        ]
        for answer in answers:
            assert answer.status_code == 302
            assert self.SENTENCE in self.sentences(answer)
        ada = User.objects.get(pk=self.ada.pk)
        assert (ada.is_active, ada.is_staff, ada.is_superuser) == (True, True, True)
        assert ada.has_usable_password()
        assert User.objects.filter(pk=self.ann.pk).exists()
        assert self.client.post(self.page("user_change", self.ada.pk), whole).status_code == 302

    def test_all_admins_can_not_be_deleted_at_once(self) -> None:
        other = User.objects.create_superuser("other", password=PASSWORD)
        self.run_action("user", "delete_selected", other.pk, self.ada.pk)
        assert User.objects.filter(is_superuser=True).count() == 2
        assert self.run_action("user", "delete_selected", other.pk).status_code == 302
        assert User.objects.filter(is_superuser=True).count() == 1
