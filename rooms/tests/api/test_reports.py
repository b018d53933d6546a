"""Reports and mutes over the REST API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from rooms.models import Restriction, User
from rooms.services.members import member_join
from rooms.services.restrictions import user_mute
from rooms.services.rooms import room_update
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.uploading import upload_headers

pytestmark = pytest.mark.any_database
REASON = {"reason": "spam", "note": "Look."}
# What a muted member sends, and whether a mute in the room is enough to refuse it.
WRITES: dict[str, tuple[str, str, Any, bool]] = {
    "post": ("POST", "rooms/tea/messages/", {"content": "hi"}, True),
    "edit": ("PATCH", "rooms/tea/messages/1/", {"content": "new"}, True),
    "react": ("POST", "rooms/tea/messages/1/reactions/", {"emoji": "👍"}, True),
    "take back a reaction": ("DELETE", "rooms/tea/messages/1/reactions/👍/", None, True),
    "schedule": ("POST", "rooms/tea/scheduled/", {"content": "hi", "send_at": "2030-01-01T00:00:00Z"}, True),
    "task": ("POST", "tasks/", {"title": "Tea", "room_name": "tea"}, True),
    "direct room": ("POST", "rooms/", {"kind": "direct", "user_names": ["zed"]}, False),
    "room": ("POST", "rooms/", {"name": "mine"}, False),
    "rename": ("PATCH", "me/", {"display_name": "Somebody"}, False),
    "status": ("PUT", "me/status/", {"text": "Away"}, False),
}


class Muting(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.boss = User.objects.create_superuser("boss", password="x")
        self.say("mine")

    def test_a_muted_member_is_refused_with_until_and_reason(self) -> None:
        for everywhere in (False, True):
            until = "2029-01-01T00:00:00.000Z"
            user_mute(
                by=self.boss, user=self.ann, room=None if everywhere else self.tea, until=until, reason="Shouting"
            )
            for what, (method, path, body, in_room) in WRITES.items():
                if everywhere or in_room:
                    with self.subTest(what, everywhere=everywhere):
                        problem = self.refused(403, "muted", method, path, body, by=self.ann)
                        assert (problem["until"], problem["reason"]) == (until, "Shouting")

    def test_a_muted_member_uploads_nothing(self) -> None:
        user_mute(by=self.boss, user=self.ann)
        headers = upload_headers("tea.txt", 3) | self.token(self.ann)
        self.assert_problem(self.client.post("/api/rooms/tea/uploads/", headers=headers), 403, "muted")

    def test_a_room_says_whether_one_is_muted(self) -> None:
        assert self.ok("GET", "rooms/tea/", by=self.ann)["muted"] is None
        user_mute(by=self.olga, user=self.ann, room=self.tea, reason="Shouting")
        assert self.ok("GET", "rooms/tea/", by=self.ann)["muted"] == {"until": None, "reason": "Shouting"}

    def test_moderators_mute_list_and_unmute(self) -> None:
        body = {"until": "2029-01-01T00:00:00Z", "reason": "Shouting"}
        muted = self.ok("PUT", "rooms/tea/mutes/ann/", body, by=self.mo)
        assert (muted["user_name"], muted["until"], muted["by"]) == ("ann", "2029-01-01T00:00:00.000Z", "mo")
        assert self.ok("GET", "rooms/tea/mutes/", by=self.mo)["results"] == [muted]
        self.refused(404, "not_found", "GET", "rooms/tea/mutes/", by=self.ann)
        self.ok("DELETE", "rooms/tea/mutes/ann/", by=self.mo, status=204)
        self.refused(404, "not_found", "DELETE", "rooms/tea/mutes/ann/", by=self.mo)
        self.refused(404, "not_found", "PUT", "rooms/tea/mutes/ben/", {}, by=self.ann)

    def test_admins_mute_on_the_whole_server(self) -> None:
        self.refused(404, "not_found", "PUT", "mutes/ann/", {}, by=self.olga)
        assert self.ok("PUT", "mutes/ann/", {}, by=self.boss)["until"] is None
        self.ok("DELETE", "mutes/ann/", by=self.boss, status=204)
        assert Restriction.objects.get().lifted_by == self.boss

    def test_slow_mode_says_how_long_to_wait(self) -> None:
        room_update(by=self.olga, room=self.tea, slow_seconds=30)
        response = self.request("POST", "rooms/tea/messages/", {"content": "again"}, by=self.ann)
        problem = self.assert_problem(response, 429, "slow_mode")
        assert 0 < problem["retry_after"] <= 30
        assert 0 < int(response["Retry-After"]) <= 30
        assert self.ok("GET", "rooms/tea/", by=self.ann)["slow_seconds"] == 30
        assert self.ok("PATCH", "rooms/tea/", {"slow_seconds": 0}, by=self.mo)["slow_seconds"] == 0
        self.ok("POST", "rooms/tea/messages/", {"content": "again"}, by=self.ann, status=201)


class Reporting(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.say("You are an idiot.", by=self.ben)

    def test_a_report_is_made_once_seen_and_handled(self) -> None:
        made = self.ok("POST", "rooms/tea/messages/1/report/", REASON, by=self.ann, status=201)
        assert (made["user_name"], made["closed"], made["room_name"], made["seq"]) == ("ben", False, "tea", 1)
        assert "content" not in made
        assert self.ok("POST", "rooms/tea/messages/1/report/", REASON, by=self.ann) == made
        (seen,) = self.ok("GET", "reports/?open=true", by=self.mo)["results"]
        assert (seen["content"], seen["content_now"], seen["reporter"]) == ("You are an idiot.",) * 2 + ("ann",)
        path = f"reports/{seen['id']}/"
        assert self.ok("GET", path, by=self.mo) == seen
        assert self.ok("PUT", f"{path}assignee/", by=self.mo)["assignee"] == "mo"
        assert self.ok("DELETE", f"{path}assignee/", by=self.mo)["assignee"] is None
        acted = self.ok("POST", f"{path}actions/", {"action": "muted", "minutes": 60}, by=self.mo, status=201)
        assert (acted["state"], acted["actions"][0]["action"], acted["closed_by"]) == ("handled", "muted", "mo")
        undone = self.ok("DELETE", f"{path}actions/{acted['actions'][0]['id']}/", by=self.mo)
        assert undone["actions"][0]["undone_at"]
        assert self.ok("GET", "reports/?open=true", by=self.mo)["results"] == []
        (mine,) = self.ok("GET", "reports/mine/", by=self.ann)["results"]
        assert mine["closed"]

    def test_others_can_not_tell_whether_a_report_exists(self) -> None:
        made = self.ok("POST", "rooms/tea/messages/1/report/", REASON, by=self.ann, status=201)
        for user in (self.ann, self.ben, self.zed):
            for path in (f"reports/{made['id']}/", "reports/999999/"):
                self.refused(404, "not_found", "GET", path, by=user)
                self.refused(404, "not_found", "POST", f"{path}actions/", {"action": "dismissed"}, by=user)
            assert self.ok("GET", "reports/", by=user)["results"] == []
        self.refused(404, "not_found", "POST", "rooms/tea/messages/1/report/", REASON, by=self.zed)

    def test_a_person_is_reported_to_the_admins(self) -> None:
        boss = User.objects.create_superuser("boss", password="x")
        self.ok("POST", "people/ben/report/", REASON, by=self.zed, status=201)
        (seen,) = self.ok("GET", "reports/", by=boss)["results"]
        assert (seen["room_name"], seen["seq"], seen["note"], seen["content_now"]) == (None, None, "Look.", None)
        assert self.ok("GET", "reports/", by=self.olga)["results"] == []

    def test_wrong_fields_are_refused(self) -> None:
        for body in ({}, {"reason": "envy"}, {"reason": "spam", "note": "x" * 1001}):
            assert self.request("POST", "people/ben/report/", body, by=self.ann).status_code == 400

    def test_reports_are_limited(self) -> None:
        with override_settings(REPORTS_PER_HOUR=1):
            self.ok("POST", "people/ben/report/", REASON, by=self.ann, status=201)
            self.refused(429, "rate_limited", "POST", "people/mo/report/", REASON, by=self.ann)

    def test_a_room_that_nobody_moderates_any_more_is_seen_by_admins(self) -> None:
        boss = User.objects.create_superuser("boss", password="x")
        member_join(user=self.zed, room=self.square)
        self.say("Spam.", by=self.zed, room=self.square)
        self.square.memberships.filter(user=self.olga).delete()
        self.ok("POST", "rooms/square/messages/1/report/", REASON, by=self.ann, status=201)
        assert len(self.ok("GET", "reports/?open=true", by=boss)["results"]) == 1
