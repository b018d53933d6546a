"""Notifications of a room, and preferences, over REST."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from rooms.models import Preferences
from rooms.services.direct_rooms import direct_room_open
from rooms.tests.support.api_case import ApiCase


class MembershipTests(ApiCase):
    def test_members_choose_what_notifies_them(self) -> None:
        default = {"level": "mentions", "muted": False, "favourite": False, "section": None}
        assert self.ok("GET", "rooms/tea/membership/", by=self.ann) == default
        changed = self.ok("PATCH", "rooms/tea/membership/", {"level": "nothing", "muted": True}, by=self.ann)
        assert changed == self.ok("GET", "rooms/tea/membership/", by=self.ann)
        assert changed == {"level": "nothing", "muted": True, "favourite": False, "section": None}
        assert self.ok("GET", "rooms/tea/membership/", by=self.ben) == default
        assert "level" not in self.ok("GET", "unread/", by=self.ben)["rooms"][0]
        shown = self.ok("GET", "unread/", by=self.ann)["rooms"][0]
        assert (shown["level"], shown["muted"], "favourite" in shown) == ("nothing", True, False)
        room, _ = direct_room_open(by=self.ann, people=[self.ben])
        assert self.ok("GET", f"rooms/{room.name}/membership/", by=self.ben)["level"] == "everything"

    def test_only_members_have_settings(self) -> None:
        for method, body in (("GET", None), ("PATCH", {"muted": True})):
            for path in ("rooms/tea/membership/", "rooms/square/membership/"):  # private, and public
                self.refused(404, "not_found", method, path, body, by=self.zed)


class PreferencesTests(ApiCase):
    def test_preferences_are_read_and_changed(self) -> None:
        default = {
            "dnd_until": None,
            "quiet_from": None,
            "quiet_until": None,
            "time_zone": "",
            "email": "missed",
            "hide_content": False,
            "unread_first": True,
        }
        assert self.ok("GET", "preferences/", by=self.ann) == default
        until = (timezone.now() + timedelta(hours=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        changes = {"dnd_until": until, "quiet_from": "22:00", "quiet_until": "06:30", "time_zone": "Europe/Berlin"}
        assert self.ok("PATCH", "preferences/", changes, by=self.ann) == default | changes
        assert self.ok("GET", "preferences/", by=self.ann) == default | changes
        assert self.ok("GET", "preferences/", by=self.ben) == default
        Preferences.objects.update(dnd_until=timezone.now())
        assert self.ok("GET", "preferences/", by=self.ann)["dnd_until"] is None

    def test_bad_times_are_refused_by_name(self) -> None:
        for field, value in (
            ("dnd_until", "2026-01-01T00:00:00Z"),
            ("dnd_until", "9999-12-31T23:59:59Z"),
            ("quiet_from", "24:00"),
            ("quiet_until", "7:00"),
        ):
            problem = self.refused(400, "invalid_field", "PATCH", "preferences/", {field: value}, by=self.ann)
            assert problem["detail"].startswith(f"{field}: "), problem
