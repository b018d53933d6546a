"""Changing who can read a room, and who is notified of it."""

from __future__ import annotations

import logging

import pytest
from django.urls import reverse

from notifications.tests.support import told
from rooms.models import Room
from rooms.services.members import member_add
from rooms.tests.support.api_case import ApiCase


class Access(ApiCase):
    @pytest.fixture(autouse=True)
    def _logs(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def notifications_by_user(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for user_name, title, _ in told():
            found.setdefault(user_name, []).append(title)
        return found

    def test_moderators_can_change_the_title_but_not_who_can_read_the_room(self) -> None:
        self.ok("PATCH", "rooms/tea/", {"title": "Tea!", "kind": "private", "guests": "none"}, by=self.mo)
        for change in ({"kind": "open"}, {"kind": "open", "guests": "read"}):
            self.refused(409, "conflict", "PATCH", "rooms/tea/", change, by=self.mo)
        self.refused(404, "not_found", "GET", "rooms/tea/", by=self.zed)
        member_add(by=self.olga, room=self.square, user=self.mo, role="moderator")
        for change in ({"kind": "private"}, {"guests": "write"}):
            self.refused(409, "conflict", "PATCH", "rooms/square/", change, by=self.mo)

    def test_moderators_can_not_change_the_kind_on_the_page_either(self) -> None:
        self.client.force_login(self.mo)
        page = reverse("room_settings", args=["tea"])
        who = {"pinning": "moderators", "room_mentions": "moderators"}
        self.client.post(page, {"title": "New", "description": "", "kind": "open", **who})
        room = Room.objects.get(pk=self.tea.pk)
        assert (room.title, room.kind) == ("New", "private")

    def test_widening_access_notifies_members_and_is_logged(self) -> None:
        with self.caplog.at_level(logging.INFO, logger="parlor.audit"):
            self.ok("PATCH", "rooms/tea/", {"kind": "open"}, by=self.olga)
            self.ok("PATCH", "rooms/tea/", {"guests": "read"}, by=self.olga)
        sentences = [
            "Tea is now public: everybody on this server can find it and read all of it",
            "Tea is now public: anybody can read all of it, without an account",
        ]
        assert self.notifications_by_user() == dict.fromkeys(("mo", "ann", "ben"), sentences)
        lines = [record.fields for record in self.caplog.records if record.name == "parlor.audit"]  # type: ignore[attr-defined]
        assert lines[0] == {"room_id": self.tea.pk, "kind": "open", "guests": "none", "user_id": self.olga.pk}
        assert len(lines) == 2

    def test_narrowing_access_notifies_nobody(self) -> None:
        self.ok("PATCH", "rooms/square/", {"kind": "private"}, by=self.olga)
        assert self.notifications_by_user() == {}
