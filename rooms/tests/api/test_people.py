"""Profile cards over REST and as pages: who sees what of whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from rooms.models import User
from rooms.services.blocks import user_block
from rooms.services.direct_rooms import direct_room_open
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.tests.support.api_case import ApiCase


class PersonCards(ApiCase):
    def card(self, name: str, by: User, room: str | None = None) -> Any:
        return self.ok("GET", f"people/{name}/{f'?room_name={room}' if room else ''}", by=by)

    def test_a_card_has_the_rooms_that_both_are_in_and_the_role_in_the_room_they_look_from(self) -> None:
        room_create(by=self.mo, name="secret", kind="private")
        direct_room_open(by=self.ann, people=[self.mo])
        card = self.card("mo", self.ann, room="tea")
        assert card == {
            "user_id": self.mo.pk,
            "user_name": "mo",
            "display_name": "mo",
            "avatar": None,
            "online": False,
            "away": False,
            "time_zone": None,
            "local_time": None,
            "role": "moderator",
            "shared_rooms": [{"name": "tea", "title": "Tea"}],
            "shared_room_count": 1,
            "blocked": False,
            "status": None,
            "not_disturbed": False,
        }
        assert self.card("MO", self.ann)["role"] is None
        user_block(by=self.ann, user=self.mo)
        assert self.card("mo", self.ann)["blocked"] is True

    def test_online_is_for_those_who_see_it_in_a_list_of_members(self) -> None:
        assert self.card("ben", self.zed)["online"] is None
        assert self.card("ben", self.zed)["shared_rooms"] == []
        assert self.card("olga", self.zed)["online"] is False  # she is in an open room

    def test_nobody_sees_accounts_and_rooms_that_are_not_there_for_them(self) -> None:
        User.objects.filter(pk=self.ben.pk).update(is_active=False)
        for path in ("people/ben/", "people/nobody/", "people/ann/?room_name=tea", "people/ann/?room_name=nowhere"):
            self.refused(404, "not_found", "GET", path, by=self.zed)
        self.refused(401, "not_authenticated", "GET", "people/ann/")

    def test_the_local_time_is_shown_in_the_zone_of_the_person_if_they_like(self) -> None:
        assert self.ok("GET", "me/", by=self.ben)["time_zone"] is None
        self.ok("PATCH", "me/", {"time_zone": "Asia/Kathmandu"}, by=self.ben)
        card = self.card("ben", self.ann)
        assert card["time_zone"] == "Asia/Kathmandu"
        assert datetime.fromisoformat(card["local_time"]).utcoffset() == timedelta(hours=5, minutes=45)
        for wrong in ("Nowhere/At_all", "../etc/passwd", "x" * 65, "a\0", 5, None):
            self.refused(400, "invalid_field", "PATCH", "me/", {"time_zone": wrong}, by=self.ben)
        self.ok("PATCH", "me/", {"display_name": "Benedikt"}, by=self.ben)
        assert self.card("ben", self.ann)["time_zone"] == "Asia/Kathmandu"
        assert self.ok("PATCH", "me/", {"time_zone": ""}, by=self.ben)["time_zone"] == ""
        assert self.card("ben", self.ann)["local_time"] is None

    def test_the_page_has_the_card_and_names_in_messages_lead_to_it(self) -> None:
        message_post(by=self.ben, room=self.tea, content="Ask @mo")
        self.client.force_login(self.ann)
        room = self.client.get(self.tea.get_absolute_url())
        self.assertContains(room, f'href="{reverse("person", args=["mo"])}" data-user="mo"')
        page = self.client.get(reverse("person", args=["mo"]))
        self.assertNotContains(page, 'aria-current="page"')
        for shown in ("@mo", "Offline", "1 room in common", "Tea", "Message", "Block…"):
            self.assertContains(page, shown)
        assert self.client.get(reverse("person", args=["nobody"])).status_code == 404
        alone = self.client.get(reverse("person_card", args=["mo"]), {"room": "tea"})
        self.assertContains(alone, "Moderator of this room")
        self.assertNotContains(alone, "<html")
        self.assertContains(self.client.get(reverse("person", args=["ann"])), "Edit profile")

    def test_the_profile_form_changes_the_time_zone(self) -> None:
        self.client.force_login(self.ann)
        self.client.post(reverse("profile"), {"display_name": "Ann", "time_zone": "Europe/Berlin"})
        self.assertContains(self.client.get(reverse("profile")), '<option value="Europe/Berlin" selected>')
        assert self.card("ann", self.ben)["time_zone"] == "Europe/Berlin"
