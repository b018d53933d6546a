"""The colours of initials are the same from the server and from static/js/avatar.js."""

import re
from collections import Counter

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from rooms.models import User
from rooms.services.members import member_join
from rooms.services.posting import message_post
from rooms.services.profile import profile_update
from rooms.services.rooms import room_create
from rooms.templatetags.parlor import COLOURS, colour
from rooms.tests.support.browsing import make_place, say
from rooms.tests.support.servers import RunningServer


@pytest.mark.django_db
def test_the_colour_follows_the_account_or_the_name_without_an_account() -> None:
    people = [User.objects.create_user(f"person{number}") for number in range(COLOURS)]
    room = room_create(by=people[0], name="hall")
    for user in people:
        member_join(user=user, room=room)
        message_post(by=user, room=room, content="hello")
    profile_update(user=people[1], display_name="Somebody Else")
    people[-1].delete()
    reader = Client()
    reader.force_login(people[0])
    page = reader.get("/rooms/hall/").content.decode()
    shown = re.findall(
        r'data-user="(\w+)"\s+data-user-id="(\d*)".*?<span\s+class="avatar[^"]* avatar-(\d+)"', page, re.DOTALL
    )
    there = [(name, int(number)) for name, user_id, number in shown if user_id]
    assert set(there) == {(user.username, user.pk % COLOURS) for user in people[:-1]}
    assert min(Counter(there).values()) >= 2  # at a message and in the member list
    gone = people[-1].username
    assert [int(number) for name, user_id, number in shown if name and not user_id] == [colour(None, gone)]


@pytest.mark.browser
def test_a_live_message_has_the_same_colour_as_from_the_server(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "colours")
    alice, bob = place.visit(browser, "alice"), place.visit(browser, "bob")
    say(bob, "in colour")
    avatar = alice.locator(f'.message[data-user-id="{place.bob.pk}"] .avatar')
    expected = re.compile(rf"\bavatar-{place.bob.pk % COLOURS}\b")
    expect(avatar).to_have_class(expected)
    alice.reload()
    expect(avatar).to_have_class(expected)
    expect(alice.locator(".sidebar-me .avatar")).to_have_class(re.compile(rf"\bavatar-{place.alice.pk % COLOURS}\b"))
