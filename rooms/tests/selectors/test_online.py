"""Who is online, wherever: in the list of members and over REST."""

import re
from datetime import timedelta
from unittest import mock

from django.utils import timezone

from chatproject.models import ServerProcess
from rooms.selectors.online import online_among
from rooms.tests.services.test_connections import connected
from rooms.tests.support.api_case import ApiCase

PATH = "rooms/tea/online/"


class OnlineTests(ApiCase):
    def test_who_has_an_open_socket_is_online_whatever_it_follows(self) -> None:
        connected(self.ann, self.square)
        connected(self.ann)
        connected(self.ben)
        connected(None, self.tea)
        asked = [user.pk for user in (self.ann, self.mo, self.zed)]
        with self.assertNumQueries(1):
            assert online_among(asked) == {self.ann.pk}
        assert online_among([]) == set()

    def test_nobody_is_online_at_a_process_that_died(self) -> None:
        connected(self.ann)
        ServerProcess.objects.update(seen_at=timezone.now() - timedelta(seconds=60))
        connected(self.ben)
        assert online_among([self.ann.pk, self.ben.pk]) == {self.ben.pk}

    def test_the_list_of_members_marks_who_is_online(self) -> None:
        connected(self.ann, self.square)
        self.client.force_login(self.mo)
        for address in ("/rooms/tea/", "/rooms/tea/members/"):
            page = self.client.get(address).content.decode()
            members = re.findall('<li class="member" data-user="([a-z]+)"(.*?)</li>', page, re.DOTALL)
            assert [name for name, rest in members if " data-online" in rest] == ["ann"]
            assert [name for name, rest in members if ">online</span>" in rest] == ["ann"]

    def test_readers_of_a_room_ask_who_of_its_members_is_online(self) -> None:
        for user in (self.ben, self.zed, self.ann, self.ann, None):
            connected(user, self.square)
        with self.assertNumQueries(3):  # with the token's
            assert self.ok("GET", PATH, by=self.mo) == {"online": [self.ann.pk, self.ben.pk]}
        assert self.ok("GET", "rooms/square/online/", by=self.ann)["online"] == []
        with mock.patch("rooms.selectors.online.MAX_ONLINE", 1):
            assert self.ok("GET", PATH, by=self.mo) == {"online": [self.ann.pk]}

    def test_others_are_told_of_no_such_room(self) -> None:
        self.refused(404, "not_found", "GET", PATH, by=self.zed)
        self.refused(404, "not_found", "GET", "rooms/nowhere/online/", by=self.ann)
        assert self.request("GET", PATH).status_code == 401
