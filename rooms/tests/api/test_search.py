"""Search over REST: who finds what, and what a hit shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db import connection

from rooms.models import SearchIndex, User
from rooms.search.tables import TABLE
from rooms.services.members import member_remove
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import message_post
from rooms.services.rooms import room_delete
from rooms.services.search import index_batch
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.uploading import uploaded


class SearchTests(ApiCase):
    def search(self, q: str, by: User | None = None, **parameters: Any) -> Any:
        return self.ok("GET", f"search/?{urlencode({'q': q, **parameters})}", by=by or self.ann)

    def contents(self, q: str, by: User | None = None, **parameters: Any) -> list[str]:
        return [hit["message"]["content"] for hit in self.search(q, by, **parameters)["results"]]

    def test_newest_first_with_room_and_excerpt(self) -> None:
        self.say("Green tea", "Coffee", "**Black** tea, please")
        found = self.search("tea")
        assert [hit["message"]["seq"] for hit in found["results"]] == [3, 1]
        assert found["more"] is False
        hit = found["results"][0]
        assert hit["room_title"] == "Tea"
        parts = [(part["text"], part["found"]) for part in hit["excerpt"]]
        assert parts == [("Black ", False), ("tea", True), (", please", False)]
        assert hit["message"] == self.ok("GET", "rooms/tea/messages/3/", by=self.ann)

    def test_a_room_is_searched_only_by_those_who_may_read_it(self) -> None:
        self.say("secret tea")
        assert self.contents("tea", by=self.zed) == []
        assert self.contents("tea", by=self.ben) == ["secret tea"]
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        assert self.contents("tea", by=self.ben) == []
        self.refused(404, "not_found", "GET", "search/?q=tea+in:tea", by=self.zed)
        self.refused(404, "not_found", "GET", "search/?q=tea+in:nothing", by=self.zed)

    def test_edits_and_deletions_count_at_once(self) -> None:
        self.say("one apple", "two apples")
        message_edit(by=self.ann, room=self.tea, seq=1, content="one pear")
        assert (self.contents("apple"), self.contents("pear")) == ([], ["one pear"])
        message_delete(by=self.ann, room=self.tea, seq=1)
        assert self.contents("pear") == []
        assert self.contents("apples") == ["two apples"]

    def test_filters(self) -> None:
        self.say("tea of ann", "see https://example.com")
        self.say("tea of ben", "@ann tea", by=self.ben)
        message_post(by=self.olga, room=self.square, content="tea of olga")
        assert self.contents("tea from:@ben") == ["@ann tea", "tea of ben"]
        assert self.contents("tea from:ben from:ann") == ["@ann tea", "tea of ben", "tea of ann"]
        assert self.contents("tea in:square") == ["tea of olga"]
        assert self.contents("has:link") == ["see https://example.com"]
        assert self.contents("mentions:me") == ["@ann tea"]
        assert self.contents("is:unread in:tea") == ["@ann tea", "tea of ben"]
        assert self.contents("tea -of") == ["@ann tea"]
        self.refused(404, "not_found", "GET", "search/?q=tea+from:nobody", by=self.ann)

    def test_files_are_found_by_name_and_by_having_one(self) -> None:
        file = uploaded(self.ann, self.tea, name="quarterly-report.txt")
        message_post(by=self.ann, room=self.tea, content="Here", attachment_ids=[file.public_id])
        assert self.contents("has:file") == ["Here"]
        assert self.contents("report") == ["Here"]
        assert self.contents("quarterly-report.txt") == ["Here"]

    def test_pages(self) -> None:
        self.say(*(f"tea {number}" for number in range(5)))
        first = self.search("tea", limit=2)
        assert first["more"] is True
        rest = self.search("tea", limit=5, before=first["results"][-1]["id"])
        assert [hit["message"]["content"] for hit in rest["results"]] == ["tea 2", "tea 1", "tea 0"]
        assert rest["more"] is False

    def test_what_cant_be_searched_for_is_said(self) -> None:
        for q in ("", "   ", "-tea", "before:soon", "has:wings", "x" * 501, "tea\0cup", "from:a\0", "in:\0"):
            self.refused(400, "invalid_field", "GET", f"search/?{urlencode({'q': q})}", by=self.ann)
        self.refused(400, "invalid_field", "GET", "search/?q=tea&tz=Nowhere", by=self.ann)
        self.refused(400, "invalid_field", "GET", "search/?q=tea&tz=../etc/passwd", by=self.ann)
        self.refused(401, "not_authenticated", "GET", "search/?q=tea")

    def test_a_filter_without_a_value_is_not_taken_for_a_word(self) -> None:
        self.say("from: ben")
        unfinished = ("from:", "From: ben", "tea in: tea", "-from: tea", 'from:"', "has:", "before:")
        for q in (*unfinished, "from:@", 'from:""', 'from:" "', "in:#", 'in:""', 'has:""', 'on:""'):
            self.refused(400, "invalid_field", "GET", f"search/?{urlencode({'q': q})}", by=self.ann)
        assert self.contents('"from:" ben') == ["from: ben"]

    def test_any_date_can_be_searched_for_in_every_time_zone(self) -> None:
        self.say("tea")
        for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles"):
            for day in ("0001-01-01", "9999-12-31"):
                assert self.contents(f"tea on:{day}", tz=zone) == []
            for q in ("before:9999-12-31", "after:0001-01-01", "tea after:0001-01-01 before:9999-12-31"):
                assert self.contents(q, tz=zone) == ["tea"]
            for q in ("after:9999-12-31", "before:0001-01-01"):
                assert self.contents(q, tz=zone) == []

    def test_filters_ignore_case(self) -> None:
        self.say("tea")
        assert self.contents("FROM:Ann In:Tea IS:Unread") == []
        assert self.contents("From:Ann In:#Tea Before:9000-01-01") == ["tea"]

    def test_a_deleted_rooms_messages_are_gone(self) -> None:
        self.say("tea")
        message_post(by=self.olga, room=self.square, content="tea")
        room_delete(by=self.olga, room=self.tea)
        assert self.contents("tea") == ["tea"]
        matches, query = (f"{TABLE} MATCH %s", '"tea"') if connection.vendor == "sqlite" else ("words @@ %s", "'tea'")
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {TABLE} WHERE {matches}", [query])
            assert cursor.fetchone() == (1,)

    def test_an_index_of_another_version_is_made_anew(self) -> None:
        self.say("one tea", "two teas", "three tea")
        message_delete(by=self.ann, room=self.tea, seq=3)
        SearchIndex.objects.update(version=0)
        assert self.search("tea")["indexing"] is True
        left = [index_batch(2), index_batch(2), index_batch(2)]
        assert left[-1] is None
        assert "indexing" not in self.search("tea")
        assert self.contents("tea") == ["one tea"]
        assert self.contents("teas") == ["two teas"]

    def test_messages_changed_before_they_are_indexed_are_found_as_they_are(self) -> None:
        self.say("one tea", "two tea")
        SearchIndex.objects.update(version=0)
        index_batch(1)
        message_edit(by=self.ann, room=self.tea, seq=1, content="one coffee")
        message_edit(by=self.ann, room=self.tea, seq=2, content="two coffee")
        while index_batch(1) is not None:
            pass
        assert self.contents("coffee") == ["two coffee", "one coffee"]
        assert self.contents("tea") == []
