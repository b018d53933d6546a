"""Saved messages and reminders over REST."""

from datetime import timedelta

from django.utils import timezone

from rooms.services.members import member_remove
from rooms.tests.support.api_case import ApiCase

PATH = "rooms/tea/messages/1/saved/"


class SavedTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.say("Tea at four.", "And cake.")

    def test_messages_are_saved_listed_and_removed(self) -> None:
        saved = self.ok("PUT", PATH, by=self.ben)
        assert (saved["room_name"], saved["seq"], saved["saved"]["remind_at"]) == ("tea", 1, None)
        assert self.ok("PUT", PATH, {}, by=self.ben) == saved
        self.ok("PUT", "rooms/tea/messages/2/saved/", by=self.ben)
        listed = self.ok("GET", "saved/?limit=1", by=self.ben)
        assert [one["seq"] for one in listed["results"]] == [2]
        (last,) = self.ok("GET", listed["next"].partition("/api/")[2], by=self.ben)["results"]
        assert last == saved | {"room_title": "Tea", "message": self.ok("GET", "rooms/tea/messages/1/", by=self.ben)}
        assert self.ok("GET", "saved/", by=self.ann)["results"] == []
        for _ in range(2):
            self.ok("DELETE", PATH, by=self.ben, status=204)
        assert [one["seq"] for one in self.ok("GET", "saved/", by=self.ben)["results"]] == [2]

    def test_a_reminder_is_set_kept_and_removed(self) -> None:
        moment = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
        given = {"remind_at": moment.isoformat().replace("+00:00", "Z")}
        expected = given["remind_at"].replace("Z", ".000Z")
        assert self.ok("PUT", PATH, given, by=self.ben)["saved"]["remind_at"] == expected
        assert self.ok("PUT", PATH, by=self.ben)["saved"]["remind_at"] == expected
        assert self.ok("PUT", PATH, {"remind_at": None}, by=self.ben)["saved"]["remind_at"] is None

    def test_a_time_with_any_offset_is_stored(self) -> None:
        moment = timezone.now().replace(microsecond=0) + timedelta(days=3)
        expected = moment.isoformat().replace("+00:00", ".000Z")
        for hours, offset in ((23, "+23:00"), (-23, "-23:00"), (16, "+16:00")):
            text = f"{(moment + timedelta(hours=hours)).replace(tzinfo=None).isoformat()}{offset}"
            assert self.ok("PUT", PATH, {"remind_at": text}, by=self.ben)["saved"]["remind_at"] == expected

    def test_times_without_a_time_zone_or_in_the_past_are_refused_with_a_sentence(self) -> None:
        for text in ("2036-05-01T09:00:00", "2020-05-01T09:00:00Z", "soon"):
            problem = self.refused(400, "invalid_field", "PUT", PATH, {"remind_at": text}, by=self.ben)
            assert problem["detail"].startswith("remind_at: ")
        assert self.ok("GET", "saved/", by=self.ben)["results"] == []

    def test_people_without_access_get_what_an_unknown_room_gives(self) -> None:
        self.ok("PUT", PATH, by=self.ben)
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        assert self.ok("GET", "saved/", by=self.ben)["results"] == []
        for method in ("PUT", "DELETE"):
            unknown = self.request(method, PATH.replace("tea", "den"), by=self.ben)
            self.assert_same_answer(self.request(method, PATH, by=self.ben), unknown)
        self.refused(401, "not_authenticated", "GET", "saved/")
