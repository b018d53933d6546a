"""Online users in the list of members and the REST API."""

import re
from datetime import timedelta
from unittest import mock

from django.utils import timezone

from chatproject.models import ServerProcess
from chatproject.realtime.presence.registry_rows import away_among
from rooms.models import User
from rooms.selectors.members import members_to_show
from rooms.selectors.online import away_by_room, online_contacts, presence_for_contacts
from rooms.services.direct_rooms import direct_room_open
from rooms.tests.services.test_connections import create_connection
from rooms.tests.support.api_case import ApiCase

PATH = "rooms/tea/online/"


class OnlineTests(ApiCase):
    def test_users_with_an_open_socket_are_online_whatever_it_is_subscribed_to(self) -> None:
        create_connection(self.ann, self.square)
        create_connection(self.ann)
        create_connection(self.ben)
        create_connection(None, self.tea)
        with self.assertNumQueries(1):
            assert self.online_members() == {self.ann, self.ben}

    def test_sockets_of_a_dead_process_do_not_count(self) -> None:
        create_connection(self.ann)
        ServerProcess.objects.update(seen_at=timezone.now() - timedelta(seconds=60))
        create_connection(self.ben)
        assert self.online_members() == {self.ben}

    def online_members(self) -> set[User]:
        """The members of the tea room whom its page shows as online."""
        members = members_to_show(self.tea, limit=10)
        return {member.user for member in members if getattr(member, "is_online", None)}

    def test_the_list_of_members_shows_who_is_online(self) -> None:
        create_connection(self.ann, self.square)
        self.client.force_login(self.mo)
        for address in ("/rooms/tea/", "/rooms/tea/members/"):
            page = self.client.get(address).content.decode()
            members = re.findall(r'<li\s+class="member"\s+data-user="([a-z]+)"(.*?)</li>', page, re.DOTALL)
            assert [name for name, rest in members if "data-online" in rest.split()] == ["ann"]
            assert [name for name, rest in members if ">online</span>" in rest] == ["ann"]

    def test_readers_of_a_room_get_its_online_members(self) -> None:
        for user in (self.ben, self.zed, self.ann, self.ann, None):
            create_connection(user, self.square)
        with self.assertNumQueries(3):  # including the one for the token
            assert self.ok("GET", PATH, by=self.mo) == {"online": [self.ann.pk, self.ben.pk], "away": []}
        assert self.ok("GET", "rooms/square/online/", by=self.ann)["online"] == []
        with mock.patch("rooms.selectors.online.MAX_ONLINE", 1):
            assert self.ok("GET", PATH, by=self.mo) == {"online": [self.ann.pk], "away": []}

    def test_people_are_away_if_all_their_sockets_are_idle(self) -> None:
        create_connection(self.ann, idle=True)
        create_connection(self.ben, idle=True)
        create_connection(self.ben, self.square)
        create_connection(self.mo)
        assert self.ok("GET", PATH, by=self.mo)["away"] == [self.ann.pk]
        assert away_among([self.ann.pk, self.ben.pk, self.zed.pk]) == {self.ann.pk: True, self.ben.pk: False}
        away, back = away_by_room({self.ann.pk, self.ben.pk, self.zed.pk})[self.tea.pk]
        assert (away, back) == ([self.ann.pk], [self.ben.pk])
        self.client.force_login(self.mo)
        page = self.client.get("/rooms/tea/").content.decode()
        assert page.count("data-away") == 1
        assert ">away</span>" in page
        for person, online, away_too in ((self.ann, True, True), (self.ben, True, False), (self.zed, None, False)):
            card = self.ok("GET", f"people/{person.username}/", by=self.mo)
            assert (card["online"], card["away"]) == (online, away_too), person
        assert "person-away" in self.client.get("/people/ann/").content.decode()
        ServerProcess.objects.filter(connections__user=self.ben, connections__idle=False).update(
            seen_at=timezone.now() - timedelta(seconds=60)
        )
        assert self.ok("GET", PATH, by=self.mo)["away"] == [self.ann.pk, self.ben.pk]

    def test_the_room_looks_absent_to_others(self) -> None:
        self.refused(404, "not_found", "GET", PATH, by=self.zed)
        self.refused(404, "not_found", "GET", "rooms/nowhere/online/", by=self.ann)
        assert self.request("GET", PATH).status_code == 401

    def test_contacts_are_those_who_share_a_direct_room(self) -> None:
        direct_room_open(by=self.ann, people=[self.ben])
        direct_room_open(by=self.ann, people=[self.ben, self.mo])
        for user, idle in ((self.ann, False), (self.ben, True), (self.zed, False)):
            create_connection(user, idle=idle)
        with self.assertNumQueries(1):
            found = online_contacts([self.ann.pk, self.ben.pk, self.zed.pk])
        assert found == {
            self.ann.pk: {"online": [self.ben.pk], "away": [self.ben.pk]},
            self.ben.pk: {"online": [self.ann.pk], "away": []},
            self.zed.pk: {"online": [], "away": []},
        }
        told = presence_for_contacts([self.ben.pk, self.mo.pk])
        assert {contact: set(people) for contact, people in told.items()} == {
            self.ann.pk: {(self.ben.pk, True), (self.mo.pk, None)},
            self.ben.pk: {(self.mo.pk, None)},
            self.mo.pk: {(self.ben.pk, True)},
        }
