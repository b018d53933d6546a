"""Sections of one's list of rooms over REST."""

from __future__ import annotations

from typing import Any

from rooms.tests.support.api_case import ApiCase


class SectionTests(ApiCase):
    def make(self, name: str) -> Any:
        return self.ok("POST", "sections/", {"name": name}, by=self.ann, status=201)

    def test_sections_are_created_changed_filled_and_deleted(self) -> None:
        work, home = self.make("Work"), self.make("Home")
        assert work == {"id": work["id"], "name": "Work", "collapsed": False}
        changed = self.ok("PATCH", f"sections/{home['id']}/", {"position": 0, "collapsed": True}, by=self.ann)
        assert changed == home | {"collapsed": True} == self.ok("GET", f"sections/{home['id']}/", by=self.ann)
        assert self.ok("GET", "sections/", by=self.ann) == [changed, work]
        assert self.ok("GET", "sections/", by=self.ben) == []
        moved = self.ok("PATCH", "rooms/tea/membership/", {"section": work["id"]}, by=self.ann)
        assert moved["section"] == work["id"]
        assert self.ok("GET", "unread/", by=self.ann)["rooms"][0]["section"] == work["id"]
        assert "section" not in self.ok("GET", "unread/", by=self.ben)["rooms"][0]
        self.ok("DELETE", f"sections/{work['id']}/", by=self.ann, status=204)
        assert self.ok("GET", "rooms/tea/membership/", by=self.ann)["section"] is None
        assert self.ok("GET", "sections/", by=self.ann) == [changed]
        self.ok("PATCH", "rooms/tea/membership/", {"section": home["id"]}, by=self.ann)
        assert self.ok("PATCH", "rooms/tea/membership/", {"section": None}, by=self.ann)["section"] is None

    def test_those_of_others_do_not_exist(self) -> None:
        section = self.make("Work")["id"]
        absent = self.request("GET", f"sections/{section + 1}/", by=self.ben)
        for method, body in (("GET", None), ("PATCH", {"collapsed": True}), ("DELETE", None)):
            self.assert_same_answer(self.request(method, f"sections/{section}/", body, by=self.ben), absent)
        problem = self.refused(
            400, "invalid_field", "PATCH", "rooms/tea/membership/", {"section": section}, by=self.ben
        )
        assert problem["detail"] == "section: Choose one of your sections."
        assert [one["name"] for one in self.ok("GET", "sections/", by=self.ann)] == ["Work"]

    def test_bad_names_and_a_twenty_first_section_are_refused_in_a_sentence(self) -> None:
        self.make("Work")
        for name, sentence in (
            (" ", "name: Enter a name."),
            ("x" * 41, "name: Use at most 40 characters; this one has 41."),
        ):
            problem = self.refused(400, "invalid_field", "POST", "sections/", {"name": name}, by=self.ann)
            assert problem["detail"] == sentence
        problem = self.refused(409, "conflict", "POST", "sections/", {"name": "WORK"}, by=self.ann)
        assert problem["detail"] == "name: You already have a section with this name."
        for number in range(19):
            self.make(f"S{number}")
        problem = self.refused(409, "conflict", "POST", "sections/", {"name": "more"}, by=self.ann)
        assert problem["detail"] == "You have 20 sections, the maximum."
