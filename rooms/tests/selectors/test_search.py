"""What a search asks the database."""

from __future__ import annotations

from unittest import skipUnless
from zoneinfo import ZoneInfo

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from rooms.models import User
from rooms.search.query import parse_query
from rooms.selectors.search import Found, search
from rooms.services.posting import message_post
from rooms.services.rooms import room_create


class SearchQueryTests(TestCase):
    def setUp(self) -> None:
        self.ann = User.objects.create_user("ann", password=None)
        for number in range(4):
            room = room_create(by=self.ann, name=f"room-{number}")
            message_post(by=self.ann, room=room, content=f"tea in {room.name}, pot{number // 3}")

    def search(self, text: str) -> tuple[Found, list[str]]:
        with CaptureQueriesContext(connection) as captured:
            found = search(self.ann, parse_query(text), limit=20, zone=ZoneInfo("UTC"))
        return found, [query["sql"] for query in captured.captured_queries]

    def test_hits_in_many_rooms_take_no_more_queries_than_in_one(self) -> None:
        many, of_many = self.search("tea")
        one, of_one = self.search("pot1")
        assert (len(many.messages), len(one.messages)) == (4, 1)
        assert len(of_many) == len(of_one)

    @skipUnless(connection.vendor == "sqlite", "PostgreSQL can't read its index newest first")
    def test_sqlite_reads_the_newest_hits_without_sorting_all(self) -> None:
        _, queries = self.search("tea")
        (sql,) = (sql for sql in queries if "MATCH" in sql)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [row[-1] for row in cursor.fetchall()]
        assert not [step for step in plan if "TEMP B-TREE" in step], plan
