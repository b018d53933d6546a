"""Pinned messages over REST."""

from rooms.services.pins import message_pin
from rooms.tests.support.api_case import ApiCase

PATH = "rooms/tea/messages/1/pin/"


class PinTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.say("Tea at four.", "And cake.")

    def test_moderators_pin_list_and_unpin(self) -> None:
        pinned = self.ok("PUT", PATH, by=self.mo)
        assert pinned["pinned"]["by"] == {"user_id": self.mo.pk, "user_name": "mo", "display_name": "mo"}
        assert self.ok("PUT", PATH, by=self.olga) == pinned
        message_pin(by=self.olga, room=self.tea, seq=2)
        listed = self.ok("GET", "rooms/tea/pins/?limit=1", by=self.ann)
        assert ([one["seq"] for one in listed["messages"]], listed["more"]) == ([2], True)
        assert self.ok("GET", "rooms/tea/pins/?before=2", by=self.ann) == {"messages": [pinned], "more": False}
        for _ in range(2):
            assert "pinned" not in self.ok("DELETE", PATH, by=self.mo)
        self.refused(404, "not_found", "GET", "rooms/tea/pins/?before=1", by=self.ann)

    def test_the_room_says_who_may_pin(self) -> None:
        self.refused(409, "conflict", "PUT", PATH, by=self.ann)
        assert self.ok("PATCH", "rooms/tea/", {"pinning": "members"}, by=self.mo)["pinning"] == "members"
        assert self.ok("PUT", PATH, by=self.ann)["pinned"]["by"]["user_name"] == "ann"
        self.refused(400, "invalid_field", "PATCH", "rooms/tea/", {"pinning": "nobody"}, by=self.mo)

    def test_people_without_access_get_what_an_unknown_room_gives(self) -> None:
        for method, path in (("PUT", PATH), ("DELETE", PATH), ("GET", "rooms/tea/pins/")):
            unknown = self.request(method, path.replace("tea", "den"), by=self.zed)
            self.assert_same_answer(self.request(method, path, by=self.zed), unknown)
            self.refused(401, "not_authenticated", method, path)
        self.refused(404, "not_found", "PUT", "rooms/tea/messages/9/pin/", by=self.mo)
