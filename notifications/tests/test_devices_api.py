"""Devices over REST."""

from __future__ import annotations

from typing import Any

from notifications.push.device_cookie import DEVICE_COOKIE
from notifications.push.encryption import decode_base64url
from notifications.tests.push_support import FIREFOX, Browser
from notifications.tests.support import NotificationCase


class DeviceTests(NotificationCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.ann)

    def test_a_browser_turns_notifications_on_and_off(self) -> None:
        browser = Browser()
        response = self.request("POST", "devices/", browser.subscription, None, **{"User-Agent": FIREFOX})
        assert response.status_code == 201
        device = response.json()
        assert (device["name"], device["here"], device["last_ok_at"]) == ("Firefox on Android", True, None)
        again = self.request("POST", "devices/", browser.subscription, None, **{"User-Agent": FIREFOX})
        assert (again.status_code, again.json()["id"]) == (200, device["id"])
        listed = self.ok("GET", "devices/")
        assert [each["id"] for each in listed["devices"]] == [device["id"]]
        assert len(decode_base64url(listed["public_key"])) == 65
        assert [each["here"] for each in self.ok("GET", "devices/", by=self.ann)["devices"]] == [True]
        self.ok("DELETE", f"devices/{device['id']}/", status=204)
        assert self.ok("GET", "devices/")["devices"] == []

    def test_others_see_and_change_nothing(self) -> None:
        device = self.request("POST", "devices/", Browser().subscription).json()
        assert self.ok("GET", "devices/", by=self.ben)["devices"] == []
        self.refused(404, "not_found", "DELETE", f"devices/{device['id']}/", by=self.ben)
        self.refused(404, "not_found", "POST", f"devices/{device['id']}/test/", by=self.ben)

    def test_a_program_with_a_token_is_not_a_browser(self) -> None:
        self.client.logout()
        self.refused(409, "conflict", "POST", "devices/", Browser().subscription, by=self.ann)

    def test_what_is_not_a_subscription_is_refused(self) -> None:
        good = Browser().subscription
        wrong: dict[str, list[Any]] = {
            "endpoint": [
                "",
                "http://push.example/x",
                "https://push.example:8443/x",
                "https://a@b.example/",
                "x" * 2049,
                5,
            ],
            "p256dh": ["", "AAAA", good["auth"], "é", "A" * 87],
            "auth": ["", "AAAA", good["p256dh"][:40], "é"],
        }
        for field, values in wrong.items():
            for value in values:
                problem = self.refused(400, "invalid_field", "POST", "devices/", good | {field: value})
                assert field in problem["detail"] or field in str(problem.get("errors")), problem
        assert self.ok("GET", "devices/")["devices"] == []

    def test_a_user_has_at_most_20_devices(self) -> None:
        for _ in range(20):
            self.client.cookies.pop(DEVICE_COOKIE, None)
            assert self.request("POST", "devices/", Browser().subscription).status_code == 201
        self.ok("POST", "devices/", Browser().subscription)  # the last one again
        self.client.cookies.pop(DEVICE_COOKIE)
        self.refused(409, "conflict", "POST", "devices/", Browser().subscription)
