"""The audit log's pages, API and exports: who sees what, and where what they see comes from."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from unittest import mock

import orjson
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chatproject.origin import Origin, Via, origin
from rooms.models import AuditAction, AuditEvent, User
from rooms.selectors import audit as selectors
from rooms.services.audit import audit_record
from rooms.services.members import member_ban, member_remove, member_set_role
from rooms.services.password_resets import password_reset_path
from rooms.services.rooms import room_update
from rooms.services.tokens import token_create
from rooms.tests.support.api_case import PASSWORD, ApiCase

PLACE = "203.0.113.9"


class AuditCase(ApiCase):
    root: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.root = User.objects.create_superuser("root", password=PASSWORD)

    def sign_in(self, user: User) -> None:
        self.client = Client(REMOTE_ADDR=PLACE)
        self.client.force_login(user)

    def new(self, since: int = 0) -> list[AuditEvent]:
        return list(AuditEvent.objects.filter(id__gt=since).exclude(action="sign_in").order_by("id"))

    def last_id(self) -> int:
        return int(AuditEvent.objects.latest("id").pk)

    def export(self, address: str, **given: str) -> str:
        response: Any = self.client.post(address, given)
        assert response.status_code == 200, response.status_code
        return b"".join(response.streaming_content).decode()

    def exported(self, address: str, **given: str) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.export(address, format="jsonl", **given).splitlines()]

    def status(self, address: str, user: User, method: str = "get") -> int:
        self.sign_in(user)
        return int(getattr(self.client, method)(address).status_code)


class WhereFrom(AuditCase):
    """The same by page, REST and admin. rooms/tests/sockets/test_audit.py has the socket."""

    def check(self, response: Any, before: int, via: Via, by: User) -> None:
        (event,) = self.new(before)
        assert (event.action, event.via, event.actor_name) == ("member.banned", via, by.username)
        assert (event.user_name, event.room_name, event.address) == ("ann", "tea", PLACE)
        assert event.request_id == response["X-Request-ID"]

    def test_a_page(self) -> None:
        self.sign_in(self.mo)
        before = self.last_id()
        response = self.client.post("/rooms/tea/members/ban/", {"user_name": "ann"})
        self.check(response, before, Via.PAGE, self.mo)

    def test_the_api_with_a_token(self) -> None:
        before = self.last_id()
        self.client = Client(REMOTE_ADDR=PLACE)
        response = self.request("DELETE", "rooms/tea/members/ann/?ban=true", by=self.mo)
        assert response.status_code < 300, response.content
        self.check(response, before, Via.API, self.mo)

    def test_the_admin(self) -> None:
        self.sign_in(self.root)
        before = self.last_id()
        response = self.client.post("/admin/rooms/ban/add/", {"room": self.tea.pk, "user": self.ann.pk})
        assert response.status_code == 302
        self.check(response, before, Via.ADMIN, self.root)

    def test_whoever_has_no_argument_comes_from_the_request(self) -> None:
        made, _ = token_create(user=self.ann, name="bot")
        self.sign_in(self.root)
        before = self.last_id()
        body = {"action": "revoke_tokens", "_selected_action": made.pk}
        self.client.post("/admin/rooms/personalaccesstoken/", body)
        (event,) = self.new(before)
        assert (event.action, event.actor_name, event.user_name) == ("token.revoked", "root", "ann")

    def test_nothing_of_a_request_remains_after_it(self) -> None:
        self.sign_in(self.mo)
        self.client.get("/")
        assert origin.get() == Origin(Via.COMMAND)


class WhoSees(AuditCase):
    ADDRESSES = ("/rooms/tea/audit/", "/rooms/tea/audit/export/", "/api/rooms/tea/audit/")

    def statuses(self, user: User) -> list[int]:
        page, export, api = self.ADDRESSES
        return [self.status(page, user), self.status(export, user, "post"), self.status(api, user)]

    def test_owners_and_moderators_see_their_rooms_and_admins_all(self) -> None:
        for user in (self.olga, self.mo):
            assert self.statuses(user) == [200] * 3
            assert self.status("/audit/", user) == self.status("/api/audit/", user) == 404
        for user in (self.ann, self.zed):
            assert self.statuses(user) == [404] * 3
        assert self.status("/audit/", self.root) == self.status("/api/audit/", self.root) == 200
        assert self.status("/rooms/tea/audit/", self.root) == 404  # a private room is private for admins, too
        assert next(one["room_name"] for one in self.exported("/audit/export/", room_name="tea")) == "tea"

    def test_staff_need_the_permission(self) -> None:
        staff = User.objects.create_user("staff", is_staff=True)
        assert self.status("/audit/", staff) == 404
        staff.user_permissions.add(Permission.objects.get(codename="view_auditevent"))
        assert self.status("/audit/", staff) == 200

    def test_a_former_moderator_sees_nothing(self) -> None:
        member_set_role(by=self.olga, room=self.tea, user=self.mo, role="member")
        assert self.statuses(self.mo) == [404] * 3
        member_set_role(by=self.olga, room=self.tea, user=self.mo, role="moderator")
        assert self.statuses(self.mo) == [200] * 3
        member_remove(by=self.olga, room=self.tea, user=self.mo)
        assert self.statuses(self.mo) == [404] * 3

    def test_members_see_what_moderators_did_if_the_room_says_so(self) -> None:
        self.sign_in(self.olga)
        self.client.post("/rooms/tea/members/ban/", {"user_name": "ben"})
        token = origin.set(Origin(Via.PAGE, PLACE))
        room_update(by=self.olga, room=self.tea, public_log=True)
        origin.reset(token)
        assert self.statuses(self.ann) == [200] * 3
        assert self.statuses(self.zed) == [404] * 3
        seen = self.exported_by(self.ann)
        assert {one["action"] for one in seen} == {"room.changed", "member.banned", "member.added"}
        assert {one["address"] + one["request_id"] for one in seen} == {""}
        page = self.client.get("/rooms/tea/audit/").content.decode()
        assert "Member banned" in page
        assert PLACE not in page

    def exported_by(self, user: User) -> list[dict[str, Any]]:
        self.sign_in(user)
        return self.exported("/rooms/tea/audit/export/")

    def test_only_admins_see_addresses(self) -> None:
        self.sign_in(self.mo)
        self.client.post("/rooms/tea/members/ban/", {"user_name": "ann"})
        for user, seen in ((self.olga, False), (self.root, True)):
            self.sign_in(user)
            addresses = (
                ("/rooms/tea/audit/", "/api/rooms/tea/audit/") if user == self.olga else ("/audit/", "/api/audit/")
            )
            for address in addresses:
                assert (PLACE in self.client.get(address).content.decode()) == seen

    def test_a_room_shows_nothing_of_another(self) -> None:
        member_ban(by=self.olga, room=self.square, user=self.zed)
        assert {one["room_name"] for one in self.exported_by(self.mo)} == {"tea"}

    def test_direct_rooms_have_none(self) -> None:
        direct = self.ok("POST", "rooms/", {"kind": "direct", "user_names": ["ben"]}, by=self.ann, status=201)
        assert self.status(f"/rooms/{direct['name']}/audit/", self.ann) == 404


class Finding(AuditCase):
    def setUp(self) -> None:
        super().setUp()
        member_ban(by=self.olga, room=self.tea, user=self.ann)
        member_remove(by=self.mo, room=self.tea, user=self.ben)
        old = AuditEvent(at=timezone.now() - timedelta(days=9), action="room.changed", via="page", actor_name="gone")
        AuditEvent.objects.bulk_create([old])
        self.sign_in(self.root)

    def found(self, query: str) -> set[str]:
        """The actions of the events that API and page find, which must be the same."""
        results = self.client.get(f"/api/audit/?{query}&limit=100").json()["results"]
        page = self.client.get(f"/audit/?{query}").content.decode()
        for event in results:
            assert f'id="event-{event["id"]}"' in page
        assert page.count('class="audit-event"') == len(results)
        return {event["action"] for event in results}

    def test_by_who_did_it_and_by_to_whom(self) -> None:
        assert self.found("person=mo") == {"member.added", "member.removed"}
        assert self.found("person=ann") == {"member.added", "member.banned"}
        assert self.found("person=ANN") == {"member.added", "member.banned"}
        assert self.found("person=gone") == {"room.changed"}
        assert self.found("person=nobody") == set()

    def test_by_action_room_and_day(self) -> None:
        assert self.found("action=member.banned") == {"member.banned"}
        assert self.found("room_name=square") == {"room.created"}
        assert self.found("room_name=none") == set()
        today = timezone.now().date()
        assert "room.changed" not in self.found(f"since={today}")
        assert self.found(f"until={today - timedelta(days=1)}") == {"room.changed"}
        assert self.found(f"since={today - timedelta(days=9)}&until={today - timedelta(days=9)}") == {"room.changed"}
        assert self.found(f"until={today}&action=member.removed&person=ben&room_name=tea") == {"member.removed"}
        assert self.found("until=9999-12-31&action=room.changed") == {"room.changed"}

    def test_wrong_filters_get_an_error_and_lose_nothing(self) -> None:
        for query in ("since=yesterday", "until=2026-02-30", "action=member.eaten"):
            name = query.partition("=")[0]
            answer = self.client.get(f"/api/audit/?{query}")
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_field")
            assert name in answer.json()["detail"]
            page = self.client.get(f"/audit/?{query}&person=ann")
            assert page.status_code == 400
            assert f'id="id_{name}_error"' in page.content.decode()
            assert 'value="ann"' in page.content.decode()
            assert "audit-event" not in page.content.decode().replace("audit-events", "")

    def test_pages_are_stable_while_events_are_added(self) -> None:
        for number in range(120):
            audit_record(AuditAction.TOPIC_CHANGED, by=self.root, target=f"number {number}")
        seen: list[str] = []
        address = "/audit/?action=topic.changed"
        while address:
            page = self.client.get(address).content.decode()
            seen += [part.partition("<")[0] for part in page.split("<bdi>number ")[1:]]
            audit_record(AuditAction.TOPIC_CHANGED, by=self.root, target="new")
            older = page.partition("Older events")[0].rpartition('href="')[2].partition('"')[0]
            address = f"/audit/{older.replace('&amp;', '&')}" if "Older events" in page else ""
        assert seen == [str(number) for number in reversed(range(120))]

    def test_the_page_takes_as_many_queries_with_many_events(self) -> None:
        with self.assertNumQueries(queries_of(self.client, "/audit/?action=member.banned")):
            self.client.get("/audit/")


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


class Exports(AuditCase):
    def setUp(self) -> None:
        super().setUp()
        member_ban(by=self.olga, room=self.tea, user=self.ann)
        self.sign_in(self.root)

    def test_an_export_has_what_the_filter_shows(self) -> None:
        filters: list[dict[str, str]] = [
            {},
            {"person": "ann"},
            {"action": "member.added"},
            {"room_name": "tea"},
            {"until": "2020-01-01"},
        ]
        for given in filters:
            shown = self.client.get("/api/audit/", {**given, "limit": "100"}).json()["results"]
            assert self.exported("/audit/export/", **given) == shown
            rows = list(csv.DictReader(io.StringIO(self.export("/audit/export/", format="csv", **given))))
            # The export before this one is recorded, too.
            assert [row["id"] for row in rows if row["action"] != "audit.exported"] == [
                str(event["id"]) for event in shown if event["action"] != "audit.exported"
            ]

    def test_long_ones_are_read_in_parts(self) -> None:
        before = self.last_id()
        for number in range(7):
            audit_record(AuditAction.TOPIC_CHANGED, by=self.root, target=number)
        with mock.patch.object(selectors, "CHUNK", 3):
            rows = self.exported("/audit/export/", action="topic.changed")
        assert [row["target"] for row in rows] == list("6543210")
        assert rows[-1]["id"] > before

    def test_a_spreadsheet_takes_nothing_for_a_formula(self) -> None:
        for target in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "safe =1"):
            audit_record(AuditAction.TOPIC_CHANGED, by=self.root, target=target)
        text = self.export("/audit/export/", format="csv", action="topic.changed")
        cells = [row["target"] for row in csv.DictReader(io.StringIO(text, newline=""))]
        assert cells == ["safe =1", "'\r=1", "'\t=1", "'@SUM(A1)", "'-1", "'+1", "'=1+1"]

    def test_exporting_is_recorded_with_what_was_exported(self) -> None:
        self.sign_in(self.mo)
        before = self.last_id()
        self.export("/rooms/tea/audit/export/", format="csv", person="ann")
        (event,) = self.new(before)
        assert (event.action, event.actor_name, event.room_name) == ("audit.exported", "mo", "tea")
        assert event.after == {"person": "ann", "format": "csv"}

    def test_a_link_can_not_make_anybody_export(self) -> None:
        assert self.client.get("/audit/export/").status_code == 405
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.root)
        assert client.post("/audit/export/").status_code == 403


class SignIns(AuditCase):
    def test_who_changes_their_own_password_is_recorded(self) -> None:
        self.sign_in(self.ann)
        before, new = self.last_id(), "another-good-password"
        given = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        self.client.post("/accounts/password/", {**given, "old_password": "wrong"})
        assert self.new(before) == []
        assert self.client.post("/accounts/password/", given).status_code == 302
        path = password_reset_path(User.objects.get(pk=self.ben.pk))
        client = Client(REMOTE_ADDR=PLACE)
        form = client.get(path, follow=True)
        client.post(form.request["PATH_INFO"], {"new_password1": new, "new_password2": new})
        assert [(one.action, one.user_name, one.address) for one in self.new(before)] == [
            ("account.password", "ann", PLACE),
            ("account.password", "ben", PLACE),
        ]

    def try_to(self, username: str, password: str, address: str = PLACE, times: int = 1) -> None:
        for _ in range(times):
            client = Client(REMOTE_ADDR=address)
            client.post("/accounts/login/", {"username": username, "password": password})

    def events(self) -> list[tuple[str, str, str]]:
        found = AuditEvent.objects.filter(action__startswith="sign_in").order_by("id")
        return list(found.values_list("action", "user_name", "address"))

    def test_a_sign_in_is_recorded_once_an_hour_and_place(self) -> None:
        self.try_to("ann", PASSWORD, times=2)
        self.try_to("ann", PASSWORD, address="203.0.113.10")
        assert self.events() == [("sign_in", "ann", PLACE), ("sign_in", "ann", "203.0.113.10")]

    def test_so_is_one_with_the_api(self) -> None:
        for _ in range(2):
            self.client.post("/api/token/", {"username": "ann", "password": PASSWORD}, content_type="application/json")
        (event,) = AuditEvent.objects.filter(action="sign_in")
        assert (event.user_name, event.via) == ("ann", "api")

    def test_guesses_are_recorded_once_an_hour_for_each_account_and_network(self) -> None:
        self.try_to("ann", "wrong", times=3)
        self.try_to("ANN", "wrong")
        self.try_to("ben", "wrong")
        assert self.events() == [("sign_in.failed", "ann", PLACE), ("sign_in.failed", "ben", PLACE)]

    def test_what_is_typed_instead_of_a_name_is_not_kept(self) -> None:
        self.try_to("my secret password", "x", times=2)
        self.try_to("another secret", "x")
        assert self.events() == [("sign_in.failed", "", PLACE)]
        assert "secret" not in str([vars(event) for event in AuditEvent.objects.all()])

    def test_that_too_many_were_refused_is_recorded(self) -> None:
        self.try_to("ann", "wrong", times=12)
        assert self.events() == [("sign_in.failed", "ann", PLACE), ("sign_in.refused", "ann", PLACE)]
