"""Every write is counted, by whichever URL or socket action it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from chatproject.realtime.protocol import Action
from notifications.consumer import ACTIONS, SocketConsumer
from rooms import rate_limits
from rooms.actions.rooms import authorize_and_join
from rooms.errors import RateLimited
from rooms.live.consumer import UNCOUNTED
from rooms.models import User
from rooms.rate_limits import BUDGETS, Budget
from rooms.services.rooms import room_create
from rooms.tests.support.api_case import PASSWORD, ApiCase

pytestmark = pytest.mark.any_database

ARGUMENTS = {
    "name": "tea",
    "room_name": "tea",
    "user_name": "ben",
    "seq": 1,
    "emoji": "👍",
    "connection_id": "x",
    "task_id": 1,
    "device_id": 1,
    "scheduled_id": 1,
    "section_id": 1,
    "passkey_id": 1,
    "session_id": 1,
    "report_id": 1,
    "action_id": 1,
    "invitation_id": 1,
    "pk": 1,
    "digest": "x",
    "preview_id": 1,
    "key": "x",
    "attachment_id": "x",
    "upload_id": "x",
    "public_id": "x",
    "uidb64": "x",
    "token": "x-y",
    "link_id": "x",
}
NO_EFFECT = {"api_nothing"}  # always 404


class EmptyBuckets:
    """Buckets that are used up."""

    def take(self, key: str, pace: Any = None) -> float:
        return 7.0


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield all URL patterns, each with the namespace of its name, except those of the admin, which is for staff."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield prefix, pattern
        elif pattern.app_name != "admin":
            yield from patterns(pattern, f"{pattern.namespace}:" if pattern.namespace else prefix)


def unsafe_methods(view: Any) -> list[str]:
    """Return the methods of a view that may write; for a function, that is POST."""
    found = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return ["post"] if found is None else [name for name in ("post", "put", "patch", "delete") if hasattr(found, name)]


NAMES = {pattern.name for _, pattern in patterns()}


class Coverage(ApiCase):
    def test_every_url_counts_requests_that_write(self) -> None:
        self.client.force_login(self.ann)
        stranger = Client()
        with mock.patch.object(rate_limits, "get_blocking_buckets", EmptyBuckets):
            for namespace, pattern in patterns():
                if pattern.name in NO_EFFECT:
                    continue
                view = f"{namespace}{pattern.name}" if pattern.name else pattern.callback
                address = reverse(view, kwargs={key: ARGUMENTS[key] for key in pattern.pattern.converters})
                for method in unsafe_methods(pattern.callback):
                    with self.subTest(address, method=method):
                        answer = getattr(self.client, method)(address)
                        assert (answer.status_code, answer["Retry-After"]) == (429, "7")
                        answer = getattr(stranger, method)(address)
                        assert answer.status_code in {401, 429}, answer.status_code  # the API authenticates first

    def test_the_table_of_budgets_only_contains_existing_urls(self) -> None:
        assert set(BUDGETS) <= NAMES

    def test_every_budget_is_a_setting(self) -> None:
        for budget in Budget:
            assert getattr(django_settings, budget.value) > 0

    def test_reading_is_not_counted(self) -> None:
        with mock.patch.object(rate_limits, "get_blocking_buckets", EmptyBuckets):
            self.ok("GET", "rooms/tea/messages/", by=self.ann)
            self.client.force_login(self.ann)
            assert self.client.get("/").status_code == 200

    def test_staff_are_not_limited_in_the_admin(self) -> None:
        staff = User.objects.create_superuser("root", password=PASSWORD)
        with mock.patch.object(rate_limits, "get_blocking_buckets", EmptyBuckets):
            self.client.force_login(staff)
            assert self.client.post("/admin/rooms/room/", {}).status_code in {200, 302}
            self.client.force_login(self.ann)
            assert self.client.post("/admin/rooms/room/", {}).status_code == 429


async def test_every_socket_action_is_counted_except_those_that_only_read() -> None:
    consumer = SocketConsumer()
    with mock.patch.object(consumer, "count_send", side_effect=RateLimited(1)):
        for action in set(ACTIONS) - UNCOUNTED:
            with pytest.raises(RateLimited):
                await consumer.dispatch({"action": action})
    reading = {"authenticate", "joinRoom", "leaveRoom", "getRecentMessages", "watch", "subscribe", "unsubscribe"}
    assert {*map(Action, reading), Action.TYPING, Action.SET_IDLE, Action.PING} == UNCOUNTED


class Budgets(ApiCase):
    def assert_limited(self, limit: int, send: Any) -> None:
        """Check that `limit` of these requests are accepted, and no more."""
        answers = [send(number).status_code for number in range(limit + 2)]
        assert all(status < 400 for status in answers[:limit]), answers
        assert set(answers[limit:]) == {429}, answers

    def test_creating_rooms(self) -> None:
        with self.settings(ROOMS_PER_HOUR=3):
            self.assert_limited(3, lambda number: self.request("POST", "rooms/", {"name": f"r{number}"}, by=self.ann))
            self.client.force_login(self.ann)
            page = self.client.post(reverse("room_create"), {"name": "another", "kind": "open"})
            assert page.status_code == 429
            assert int(page["Retry-After"]) > 60

    def test_creating_direct_rooms(self) -> None:
        def open_room(*names: str) -> Any:
            return self.request("POST", "rooms/", {"kind": "direct", "user_names": names}, by=self.ann)

        with self.settings(DIRECT_ROOMS_PER_HOUR=2):
            assert [open_room("ben").status_code for _ in range(4)] == [201, 200, 200, 200]
            assert [open_room("zed").status_code, open_room("mo").status_code, open_room("ben").status_code] == [
                201,
                429,
                200,
            ]
            self.client.force_login(self.ann)
            assert "Too many attempts" in str(
                self.client.post(reverse("write_to"), {"user_names": "mo"}, follow=True).content
            )

    def test_joining_rooms(self) -> None:
        for number in range(4):
            room_create(by=self.olga, name=f"open{number}")
        with self.settings(JOINS_PER_HOUR=2):
            self.assert_limited(2, lambda number: self.request("POST", f"rooms/open{number}/members/", {}, by=self.zed))
            with pytest.raises(RateLimited):
                authorize_and_join(self.zed, "open3", resuming=False, history=1)
            assert authorize_and_join(self.zed, "open0", resuming=False, history=1).role == "member"

    def test_mentioning_everybody(self) -> None:
        def post(content: str) -> int:
            return int(self.request("POST", "rooms/tea/messages/", {"content": content}, by=self.ann).status_code)

        with self.settings(ROOM_MENTIONS_PER_HOUR=2):
            texts = ["@room", "x", "@rooms and r@here.example", "hi @Here!", "@ｒｏｏｍ", "@ben", "@here"]
            assert [post(content) for content in texts] == [201, 201, 201, 201, 429, 201, 429]

    def test_inviting_by_any_url(self) -> None:
        people = [User.objects.create_user(f"p{number}") for number in range(5)]
        with self.settings(INVITATIONS_PER_HOUR=3):
            self.assert_limited(
                3,
                lambda number: self.request(
                    "POST",
                    f"rooms/tea/{'members' if number % 2 else 'invitations'}/",
                    {"user_name": people[number].username},
                    by=self.olga,
                ),
            )

    def test_changing_a_room(self) -> None:
        with self.settings(ROOM_CHANGES_PER_HOUR=3):
            self.assert_limited(
                3, lambda number: self.request("PATCH", "rooms/tea/", {"title": f"T{number}"}, by=self.olga)
            )

    def test_changing_tasks(self) -> None:
        task = self.ok("POST", "tasks/", {"title": "Tea"}, by=self.ann, status=201)
        with self.settings(TASKS_PER_HOUR=4):
            self.assert_limited(
                4,
                lambda number: self.request(
                    "POST", f"tasks/{task['id']}/assign/", {"assignee": None if number % 2 else "ben"}, by=self.ann
                ),
            )


@pytest.mark.django_db
def test_sign_ups_from_one_network(settings: Settings) -> None:
    cache.clear()
    settings.SIGN_UPS_PER_HOUR = 2
    settings.SIGNUP_OPEN = True
    User.objects.create_user("alice")

    def sign_up(number: int, address: str) -> int:
        form = {"username": f"new-{number}", "display_name": "", "password1": PASSWORD, "password2": PASSWORD}
        return Client().post(reverse("signup"), form, REMOTE_ADDR=address).status_code

    assert [sign_up(number, f"2001:db8:7::{number}") for number in range(4)] == [302, 302, 429, 429]
    assert sign_up(9, "2001:db8:8::1") == 302
    assert User.objects.count() == 4


@pytest.mark.django_db
def test_an_invalid_form_does_not_count_as_a_sign_up(settings: Settings) -> None:
    cache.clear()
    settings.SIGN_UPS_PER_HOUR = 1
    User.objects.create_user("alice")
    form = {"username": "new", "display_name": "", "password1": PASSWORD, "password2": "another"}
    for _ in range(3):
        assert Client().post(reverse("signup"), form).status_code == 200
    assert Client().post(reverse("signup"), form | {"password2": PASSWORD}).status_code == 302
