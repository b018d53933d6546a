"""What admins do in the admin is on record, and so is what they read there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatproject import admin_urls  # noqa: F401  # registers the models
from notifications.models import Task, Topic
from notifications.services.tasks import task_create
from rooms.admin.base import AuditedAdmin
from rooms.models import AuditEvent, Room, Section, Status, User
from rooms.services.members import member_add
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.services.tokens import token_create, token_revoke
from rooms.tests.admin.test_admin import AdminCase


class AuditedCase(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.start = AuditEvent.objects.latest("id").pk

    def only(self, *fields: str) -> Any:
        """The only new event."""
        (event,) = AuditEvent.objects.filter(id__gt=self.start)
        assert (event.via, event.actor_name) == ("admin", "ada")
        assert event.request_id
        self.start = event.pk
        return event

    def none(self) -> None:
        assert not AuditEvent.objects.filter(id__gt=self.start).exists()

    def person_form(self, user: User, **changes: Any) -> dict[str, Any]:
        """The fields of the page of an account."""
        form = {"username": user.username, "display_name": user.display_name, "email": user.email, "language": ""}
        flags = {
            flag: "on"
            for flag in ("is_active", "is_staff", "is_superuser", "show_link_previews")
            if getattr(user, flag)
        }
        given = {**form, **flags, **changes}
        return {name: value for name, value in given.items() if value is not None}

    def change(self, user: User, **changes: Any) -> None:
        response = self.client.post(self.page("user_change", user.pk), self.person_form(user, **changes))
        assert response.status_code == 302, response.content


class Accounts(AuditedCase):
    def test_every_admin_class_records(self) -> None:
        for model, model_admin in admin.site._registry.items():
            assert isinstance(model_admin, AuditedAdmin), f"{model.__name__}: use AuditedAdmin or a class based on it"

    def test_an_account_is_added(self) -> None:
        body = {
            "username": "eve",
            "password1": "a-good-password",
            "password2": "a-good-password",
            "usable_password": "true",
        }
        assert self.client.post(self.page("user_add"), body).status_code == 302
        event = self.only()
        assert (event.action, event.user_name) == ("account.created", "eve")
        assert "a-good-password" not in str(vars(event))

    def test_an_account_is_deactivated_and_activated(self) -> None:
        self.change(self.ann, is_active=None)
        event = self.only()
        assert (event.action, event.user_name) == ("account.deactivated", "ann")
        assert (event.before, event.after) == ({"is_active": True}, {"is_active": False})
        self.ann.refresh_from_db()
        self.change(self.ann, is_active="on")
        assert self.only().action == "account.activated"

    def test_the_owner_of_a_room_that_loses_its_own_is_recorded_too(self) -> None:
        self.change(self.olga, is_active=None)
        events = AuditEvent.objects.filter(id__gt=self.start).order_by("id")
        assert [(one.action, one.user_name, one.actor_name) for one in events] == [
            ("member.role", "ann", "ada"),
            ("account.deactivated", "olga", "ada"),
        ]

    def test_permissions_are_changed(self) -> None:
        permission = Permission.objects.get(codename="view_auditevent")
        self.change(self.ann, is_staff="on", user_permissions=[permission.pk])
        event = self.only()
        assert (event.action, event.user_name) == ("account.rights", "ann")
        assert event.before == {"is_staff": False, "user_permissions": ""}
        assert event.after["is_staff"] is True
        assert "audit" in event.after["user_permissions"]

    def test_names_and_address_are_changed(self) -> None:
        self.change(self.ann, display_name="Ann", email="ann@example.org")
        event = self.only()
        assert (event.action, event.after) == ("account.changed", {"display_name": "Ann", "email": "ann@example.org"})

    def test_nothing_is_changed(self) -> None:
        self.change(self.ann)
        self.none()

    def test_a_password_is_set(self) -> None:
        body = {"password1": "another-password", "password2": "another-password", "usable_password": "true"}
        assert self.client.post(f"/admin/rooms/user/{self.ann.pk}/password/", body).status_code == 302
        event = self.only()
        assert (event.action, event.user_name) == ("account.password", "ann")
        assert "another" not in str(vars(event))

    def test_a_reset_link_is_made(self) -> None:
        response = self.client.post(self.page("user_reset_link", self.ann.pk))
        event = self.only()
        assert (event.action, event.user_name) == ("account.password_link", "ann")
        assert response.context["link"] not in str(vars(event))

    def test_an_account_is_deleted(self) -> None:
        self.client.post(self.page("user_delete", self.ann.pk), {"post": "yes"})
        event = self.only()
        assert (event.action, event.user_name) == ("account.deleted", "ann")
        self.run_action("user", "delete_selected", self.olga.pk)
        actions = [one.action for one in AuditEvent.objects.filter(id__gt=event.pk)]
        assert sorted(actions) == ["account.deleted"]

    def test_pictures_are_removed(self) -> None:
        self.run_action("user", "remove_pictures", self.ann.pk)
        event = self.only()
        assert (event.action, event.user_name) == ("account.changed", "ann")


class Models(AuditedCase):
    def test_groups(self) -> None:
        permission = Permission.objects.get(codename="view_auditevent")
        self.client.post("/admin/auth/group/add/", {"name": "auditors"})
        group = Group.objects.get()
        event = self.only()
        assert (event.action, event.target, event.after) == (
            "admin.added",
            f"auth.group {group.pk}",
            {"name": "auditors"},
        )
        address = f"/admin/auth/group/{group.pk}/"
        self.client.post(f"{address}change/", {"name": "auditors", "permissions": [permission.pk]})
        event = self.only()
        assert (event.action, event.before) == ("admin.changed", {"permissions": ""})
        assert "audit" in event.after["permissions"]
        self.client.post(f"{address}delete/", {"post": "yes"})
        event = self.only()
        assert (event.action, event.before) == ("admin.deleted", {"name": "auditors"})

    def test_what_belongs_to_people(self) -> None:
        status = Status.objects.create(user=self.ann, text="Tea")
        section = Section.objects.create(user=self.ann, name="Mine", position=0)
        self.client.post(self.page("status_delete", status.pk), {"post": "yes"})
        event = self.only()
        assert (event.action, event.user_name) == ("admin.deleted", "ann")
        self.run_action("section", "delete_selected", section.pk)
        event = self.only()
        assert (event.action, event.user_name) == ("admin.deleted", "ann")

    def test_what_services_record_is_not_recorded_twice(self) -> None:
        self.client.post(self.page("room_add"), {**CHOICES, "name": "new", "kind": "open", "guests": "none"})
        assert self.only().action == "room.created"
        room = Room.objects.get(name="new")
        given = {**CHOICES, "title": "News", "kind": "open", "guests": "none"}
        self.client.post(self.page("room_change", room.pk), given)
        event = self.only()
        assert (event.action, event.after["title"]) == ("room.changed", "News")
        self.run_action("room", "close_rooms", room.pk)
        assert self.only().action == "room.archived"
        self.client.post(self.page("room_delete", room.pk), {"post": "yes"})
        assert self.only().action == "room.deleted"
        member = self.tea.memberships.get(user=self.ann)
        self.client.post(self.page("membership_delete", member.pk), {"post": "yes"})
        assert self.only().action == "member.removed"

    def test_tokens_that_are_revoked_or_were(self) -> None:
        live, revoked = (token_create(user=self.ann, name=name)[0] for name in ("live", "revoked"))
        token_revoke(token=revoked)
        self.start = AuditEvent.objects.latest("id").pk
        self.client.post(self.page("personalaccesstoken_delete", live.pk), {"post": "yes"})
        assert self.only().action == "token.revoked"
        self.client.post(self.page("personalaccesstoken_delete", revoked.pk), {"post": "yes"})
        assert self.only().action == "admin.deleted"

    def test_tasks_and_topics(self) -> None:
        task = task_create(by=self.ann, title="Buy tea")
        self.client.post(
            f"/admin/notifications/task/{task.pk}/change/", {"title": "Buy coffee", "description": "secret"}
        )
        event = self.only()
        assert (event.action, event.after) == ("admin.changed", {"title": "Buy coffee"})
        body = {"action": "complete_tasks", "_selected_action": task.pk}
        self.client.post("/admin/notifications/task/", body)
        assert self.only().after == {"state": Task.State.DONE}
        self.client.post(f"/admin/notifications/task/{task.pk}/delete/", {"post": "yes"})
        assert self.only().action == "task.deleted"
        given = {"name": "news", "title": "", "description": "", "subscribers": "users", "publishers": "staff"}
        self.client.post("/admin/notifications/topic/add/", given)
        assert self.only().action == "topic.created"
        topic = Topic.objects.get(name="news")
        self.client.post(
            "/admin/notifications/notification/add/", {"topic": topic.pk, "title": "Tea", "body": "At four"}
        )
        event = self.only()
        assert event.action == "admin.added"
        assert "At four" not in str(vars(event))

    def test_an_action_that_fails_leaves_none(self) -> None:
        own = self.tea.memberships.get(user=self.olga)
        self.client.post(self.page("membership_delete", own.pk), {"post": "yes"})  # the last owner
        self.none()


CHOICES = {
    "title": "",
    "description": "",
    "pinning": "moderators",
    "room_mentions": "moderators",
    "link_previews": "on",
}


class Reading(AuditedCase):
    def test_reading_messages_of_a_private_room_is_recorded_once_an_hour(self) -> None:
        for _ in range(2):
            self.client.get(self.page("message_changelist"))
            self.client.get(self.page("message_change", self.tea.messages.get(seq=1).pk))
        event = self.only()
        assert (event.action, event.room_name) == ("room.read", "tea")

    def test_so_is_reading_what_quotes_them(self) -> None:
        task_create(by=self.ann, title="Buy tea", room=self.tea)
        self.client.get("/admin/notifications/task/")
        assert self.only().action == "room.read"

    def test_not_in_public_rooms_and_ones_own(self) -> None:
        member_add(by=self.ada, room=self.tea, user=self.ada)
        square = room_create(by=self.olga, name="square")
        message_post(by=self.olga, room=square, content="Hello")
        self.start = AuditEvent.objects.latest("id").pk
        self.client.get(self.page("message_changelist"))
        self.none()

    def test_a_page_without_messages_of_private_rooms_asks_nothing(self) -> None:
        Room.objects.update(kind="open")
        with CaptureQueriesContext(connection) as queries:
            self.client.get(self.page("message_changelist"))
        assert not [one for one in queries if "rooms_auditevent" in one["sql"]]


class Log(AuditedCase):
    def test_admins_can_only_look_at_the_log(self) -> None:
        event = AuditEvent.objects.latest("id")
        page = self.client.get(self.page("auditevent_changelist"), {"q": "tea", "action": "room.created"})
        assert page.status_code == 200
        assert self.client.get(self.page("auditevent_change", event.pk)).status_code == 200
        for address in (self.page("auditevent_add"), self.page("auditevent_delete", event.pk)):
            assert self.client.post(address, {"post": "yes"}).status_code == 403
        assert self.client.post(self.page("auditevent_change", event.pk), {"action": "x"}).status_code == 403
        self.run_action("auditevent", "delete_selected", event.pk)
        assert AuditEvent.objects.filter(pk=event.pk).exists()
