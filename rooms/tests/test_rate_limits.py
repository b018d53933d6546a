"""That everything that writes is counted, whichever door it comes through."""

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
from rooms.actions.rooms import enter
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
    "pk": 1,
    "digest": "x",
    "uidb64": "x",
    "token": "x-y",
}
WITHOUT_EFFECT = {"api_nothing"}  # a 404 whatever is asked


class Empty:
    """Buckets that hold nothing any more."""

    def take(self, key: str, pace: Any = None) -> float:
        return 7.0


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """All addresses but the admin's own pages, which are staff's."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        elif pattern.app_name != "admin":
            yield from patterns(pattern)


def unsafe_methods(view: Any) -> list[str]:
    """What a view does beside answering: a function may do anything when posted to."""
    found = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return ["post"] if found is None else [name for name in ("post", "put", "patch", "delete") if hasattr(found, name)]


NAMES = {pattern.name for pattern in patterns()}


class Doors(ApiCase):
    def test_no_address_takes_what_writes_without_counting_it(self) -> None:
        self.client.force_login(self.ann)
        stranger = Client()
        with mock.patch.object(rate_limits, "get_blocking_buckets", Empty):
            for pattern in patterns():
                if pattern.name in WITHOUT_EFFECT:
                    continue
                address = reverse(
                    pattern.name or pattern.callback, kwargs={key: ARGUMENTS[key] for key in pattern.pattern.converters}
                )
                for method in unsafe_methods(pattern.callback):
                    with self.subTest(address, method=method):
                        answer = getattr(self.client, method)(address)
                        assert (answer.status_code, answer["Retry-After"]) == (429, "7")
                        answer = getattr(stranger, method)(address)
                        assert answer.status_code in {401, 429}, answer.status_code  # of the API: who are you, first

    def test_no_addresses_of_the_table_of_budgets_are_made_up(self) -> None:
        assert set(BUDGETS) <= NAMES

    def test_each_budget_is_spent_somewhere_and_is_a_setting(self) -> None:
        for budget in Budget:
            assert getattr(django_settings, budget.value) > 0

    def test_reading_is_not_counted(self) -> None:
        with mock.patch.object(rate_limits, "get_blocking_buckets", Empty):
            self.ok("GET", "rooms/tea/messages/", by=self.ann)
            self.client.force_login(self.ann)
            assert self.client.get("/").status_code == 200

    def test_what_staff_do_in_the_admin_is_theirs_to_do(self) -> None:
        staff = User.objects.create_superuser("root", password=PASSWORD)
        with mock.patch.object(rate_limits, "get_blocking_buckets", Empty):
            self.client.force_login(staff)
            assert self.client.post("/admin/rooms/room/", {}).status_code in {200, 302}
            self.client.force_login(self.ann)
            assert self.client.post("/admin/rooms/room/", {}).status_code == 429


async def test_every_action_of_a_socket_is_counted_but_those_that_only_read() -> None:
    consumer = SocketConsumer()
    with mock.patch.object(consumer, "count_send", side_effect=RateLimited(1)):
        for action in set(ACTIONS) - UNCOUNTED:
            with pytest.raises(RateLimited):
                await consumer.perform({"action": action})
    reading = {"authenticate", "joinRoom", "leaveRoom", "getRecentMessages", "watch", "subscribe", "unsubscribe"}
    assert {*map(Action, reading), Action.TYPING, Action.PING} == UNCOUNTED


class Floods(ApiCase):
    def count(self, most: int, ask: Any) -> None:
        """That so many of these are taken, and no more."""
        answers = [ask(number).status_code for number in range(most + 2)]
        assert all(status < 400 for status in answers[:most]), answers
        assert set(answers[most:]) == {429}, answers

    def test_rooms(self) -> None:
        with self.settings(ROOMS_PER_HOUR=3):
            self.count(3, lambda number: self.request("POST", "rooms/", {"name": f"r{number}"}, by=self.ann))
            self.client.force_login(self.ann)
            page = self.client.post(reverse("room_create"), {"name": "another", "kind": "open"})
            assert page.status_code == 429
            assert int(page["Retry-After"]) > 60

    def test_direct_rooms_that_are_new(self) -> None:
        def ask(*names: str) -> Any:
            return self.request("POST", "rooms/", {"kind": "direct", "user_names": names}, by=self.ann)

        with self.settings(DIRECT_ROOMS_PER_HOUR=2):
            assert [ask("ben").status_code for _ in range(4)] == [201, 200, 200, 200]
            assert [ask("zed").status_code, ask("mo").status_code, ask("ben").status_code] == [201, 429, 200]
            self.client.force_login(self.ann)
            assert "Too many attempts" in str(
                self.client.post(reverse("write_to"), {"user_names": "mo"}, follow=True).content
            )

    def test_rooms_that_one_comes_into(self) -> None:
        for number in range(4):
            room_create(by=self.olga, name=f"open{number}")
        with self.settings(JOINS_PER_HOUR=2):
            self.count(2, lambda number: self.request("POST", f"rooms/open{number}/members/", {}, by=self.zed))
            with pytest.raises(RateLimited):
                enter(self.zed, "open3", resuming=False, history=1)
            assert enter(self.zed, "open0", resuming=False, history=1).role == "member"

    def test_invitations_whichever_way(self) -> None:
        people = [User.objects.create_user(f"p{number}") for number in range(5)]
        with self.settings(INVITATIONS_PER_HOUR=3):
            self.count(
                3,
                lambda number: self.request(
                    "POST",
                    f"rooms/tea/{'members' if number % 2 else 'invitations'}/",
                    {"user_name": people[number].username},
                    by=self.olga,
                ),
            )

    def test_changes_of_a_room(self) -> None:
        with self.settings(ROOM_CHANGES_PER_HOUR=3):
            self.count(3, lambda number: self.request("PATCH", "rooms/tea/", {"title": f"T{number}"}, by=self.olga))

    def test_what_is_done_to_tasks(self) -> None:
        task = self.ok("POST", "tasks/", {"title": "Tea"}, by=self.ann, status=201)
        with self.settings(TASKS_PER_HOUR=4):
            self.count(
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
def test_a_form_that_is_wrong_takes_no_sign_up(settings: Settings) -> None:
    cache.clear()
    settings.SIGN_UPS_PER_HOUR = 1
    User.objects.create_user("alice")
    form = {"username": "new", "display_name": "", "password1": PASSWORD, "password2": "another"}
    for _ in range(3):
        assert Client().post(reverse("signup"), form).status_code == 200
    assert Client().post(reverse("signup"), form | {"password2": PASSWORD}).status_code == 302
