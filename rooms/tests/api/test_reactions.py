"""Reactions and revisions over REST."""

from django.test import override_settings

from rooms.services.members import member_add
from rooms.services.messages import message_edit
from rooms.tests.support.api_case import ApiCase

PATH = "rooms/tea/messages/1/"


class ReactionTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.say("Tea?")

    def test_reactions_are_added_listed_and_removed(self) -> None:
        self.ben.display_name = "Ben B."
        self.ben.save()
        for _ in range(2):
            message = self.ok("POST", f"{PATH}reactions/", {"emoji": "👍"}, by=self.ben)
            assert message == self.ok("GET", PATH, by=self.ann)
            assert message["reactions"] == [
                {
                    "emoji": "👍",
                    "user_names": ["ben"],
                    "people": [{"user_id": self.ben.pk, "user_name": "ben", "display_name": "Ben B."}],
                }
            ]
        who = self.ok("GET", f"{PATH}reactions/", by=self.ann)
        assert who == [{"emoji": "👍", "user_id": self.ben.pk, "user_name": "ben", "display_name": "Ben B."}]
        self.ok("DELETE", f"{PATH}reactions/👍/", by=self.ann)
        assert self.ok("GET", f"{PATH}reactions/", by=self.ann) == who
        for _ in range(2):
            assert self.ok("DELETE", f"{PATH}reactions/👍/", by=self.ben)["reactions"] == []

    def test_an_unknown_emoji_is_rejected_with_a_sentence(self) -> None:
        self.refused(404, "not_found", "POST", f"{PATH}reactions/", {"emoji": "+1"}, by=self.ben)
        self.refused(400, "missing_field", "POST", f"{PATH}reactions/", {}, by=self.ben)
        self.refused(404, "not_found", "DELETE", f"{PATH}reactions/x/", by=self.ben)
        self.refused(404, "not_found", "POST", "rooms/tea/messages/2/reactions/", {"emoji": "👍"}, by=self.ben)

    @override_settings(SENDS_PER_SECOND=0.1, SENDS_BURST=1)
    def test_reactions_count_against_the_rate_limit_for_writes(self) -> None:
        self.ok("POST", f"{PATH}reactions/", {"emoji": "👍"}, by=self.ben)
        self.refused(429, "rate_limited", "DELETE", f"{PATH}reactions/👍/", by=self.ben)

    def test_revisions_are_visible_to_moderators_only(self) -> None:
        message_edit(by=self.ann, room=self.tea, seq=1, content="Cocoa?")
        for user in (self.olga, self.mo):
            (revision,) = self.ok("GET", f"{PATH}revisions/", by=user)["results"]
            assert revision == {"content": "Tea?", "written_at": self.ok("GET", PATH, by=user)["created_at"]}
        for user in (self.ann, self.ben, self.zed):
            self.refused(404, "not_found", "GET", f"{PATH}revisions/", by=user)
        self.zed.is_staff = True
        self.zed.save()
        member_add(by=self.olga, room=self.tea, user=self.zed)
        assert len(self.ok("GET", f"{PATH}revisions/", by=self.zed)["results"]) == 1
