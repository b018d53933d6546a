"""Mentions of everybody by REST: who may, and what the message says."""

from __future__ import annotations

from rooms.tests.services.test_mentions import mentions_of
from rooms.tests.support.api_case import ApiCase


class RoomMentionTests(ApiCase):
    def test_the_setting_decides_whose_messages_mention_everybody(self) -> None:
        def html(content: str) -> str:
            return str(self.ok("POST", "rooms/tea/messages/", {"content": content}, by=self.ann, status=201)["html"])

        assert self.ok("GET", "rooms/tea/", by=self.ann)["room_mentions"] == "moderators"
        assert html("@here") == "<p>@here</p>"
        self.refused(404, "not_found", "PATCH", "rooms/tea/", {"room_mentions": "members"}, by=self.ann)
        self.refused(400, "invalid_field", "PATCH", "rooms/tea/", {"room_mentions": "guests"}, by=self.mo)
        assert self.ok("PATCH", "rooms/tea/", {"room_mentions": "members"}, by=self.mo)["room_mentions"] == "members"
        assert html("@here") == '<p><span class="mention" data-mention="here">@here</span></p>'

    def test_an_edit_shows_it_and_mentions_nobody(self) -> None:
        self.say("tea", by=self.mo)
        edited = self.ok("PATCH", "rooms/tea/messages/1/", {"content": "@room"}, by=self.mo)
        assert 'data-mention="room"' in edited["html"]
        assert mentions_of(1) == {}
