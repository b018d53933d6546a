"""The pages of a room and of direct rooms, as the server renders them."""

import re

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rooms.models import Ban, Invitation, Membership, Room, User
from rooms.services.members import member_add, member_join
from rooms.services.posting import message_post
from rooms.services.profile import profile_update
from rooms.services.rooms import room_create
from rooms.tests.support.pages import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("messages", [1, 60])
def test_the_room_page_takes_a_constant_number_of_queries(
    alice: User, messages: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    room = room_create(by=alice, name="hall")
    for number in range(messages):
        guest = person(f"guest{number}")
        member_join(user=guest, room=room)
        message_post(by=guest, room=room, content=f"hello {number}")
    client = signed_in(alice)
    client.get("/rooms/hall/")  # the epoch is read once per process
    with django_assert_max_num_queries(18):
        response = client.get("/rooms/hall/")
    assert response.content.decode().count("<article") == min(messages, 50) + 1  # plus the one in the template


def test_a_long_member_list_is_paginated_and_searchable(alice: User, den: Room) -> None:
    crowd = User.objects.bulk_create(User(username=f"guest{number}") for number in range(210))
    crowd[207].display_name = "Zoë Zoo"
    crowd[207].save()
    Membership.objects.bulk_create(Membership(room=den, user=user) for user in crowd)
    client = signed_in(alice)

    def listed(query: str) -> list[str]:
        page = client.get(f"/rooms/den/members/{query}").content.decode()
        assert ('id="members-more"' in page) == (
            len(re.findall("data-user=", page)) == 201
        )  # plus the one in the template
        return re.findall(r'<li\s+class="member"\s+data-user="([^"]+)"', page)

    assert len(listed("")) == 200
    assert len(listed("?pages=2")) == 211
    assert listed("?words=zoo") == ["guest207"]
    assert listed("?words=nobody%00&pages=x") == []


def test_a_private_room_does_not_exist_for_others_at_any_address(alice: User, bob: User, den: Room) -> None:
    client = signed_in(bob)
    for view in ("room", "room_settings", "room_members"):
        there, absent = client.get(reverse(view, args=["den"])), client.get(reverse(view, args=["nowhere"]))
        assert (there.status_code, there.content) == (404, absent.content)
    for view in (
        *("room_settings", "room_close", "room_reopen", "room_join", "room_leave", "member_invite"),
        *("member_set_role", "member_remove", "member_ban", "member_unban", "member_withdraw"),
    ):
        there = client.post(reverse(view, args=["den"]), {"user_name": "alice"})
        absent = client.post(reverse(view, args=["nowhere"]), {"user_name": "alice"})
        assert (there.status_code, there.content) == (404, absent.content), view


def test_a_public_room_can_be_previewed_and_joined(alice: User, bob: User) -> None:
    room = room_create(by=alice, name="hall", title="The hall")
    message_post(by=alice, room=room, content="come in")
    client = signed_in(bob)
    page = client.get("/rooms/hall/").content.decode()
    assert "come in" in page
    assert not Membership.objects.filter(user=bob).exists()
    client.post("/rooms/hall/join/")
    assert Membership.objects.filter(user=bob, room=room).exists()


def test_a_moderator_invites_removes_bans_and_unbans(alice: User, bob: User, den: Room) -> None:
    client = signed_in(alice)
    client.post("/rooms/den/members/invite/", {"user_name": "@Bob"})
    assert "Cancel the invite for bob" in client.get("/rooms/den/").content.decode()
    lobby = signed_in(bob).get("/").content.decode()
    assert "You are invited" in lobby
    assert "The den" in lobby
    assert signed_in(bob).post("/invitations/den/accept/")["Location"] == "/rooms/den/"
    assert Membership.objects.filter(user=bob, room=den).exists()
    client.post("/rooms/den/members/remove/", {"user_name": "bob"})
    assert not Membership.objects.filter(user=bob).exists()
    client.post("/rooms/den/members/invite/", {"user_name": "bob"})
    signed_in(bob).post("/invitations/den/decline/")
    assert "You are invited" not in signed_in(bob).get("/").content.decode()
    client.post("/rooms/den/members/invite/", {"user_name": "bob"})
    client.post("/rooms/den/members/withdraw/", {"user_name": "bob"})
    assert "Invitation not found." in signed_in(bob).post("/invitations/den/accept/", follow=True).content.decode()
    client.post("/rooms/den/members/ban/", {"user_name": "bob"})
    assert Ban.objects.filter(user=bob, room=den).exists()
    assert "bob" in client.get("/rooms/den/settings/").content.decode()
    client.post("/rooms/den/members/unban/", {"user_name": "bob"})
    assert not Ban.objects.exists()


def test_a_member_can_not_moderate(alice: User, bob: User, den: Room) -> None:
    member_add(by=alice, room=den, user=bob)
    carol = person("carol")
    client = signed_in(bob)
    client.post("/rooms/den/members/invite/", {"user_name": "carol"})
    assert not Invitation.objects.exists()
    client.post("/rooms/den/members/remove/", {"user_name": "alice"})
    client.post("/rooms/den/close/")
    assert client.get("/rooms/den/settings/").status_code == 404
    assert not Membership.objects.filter(user=carol).exists()
    assert Membership.objects.filter(user=alice).exists()
    den.refresh_from_db()
    assert den.closed_at is None


def test_an_unknown_user_is_reported_in_a_sentence(alice: User, den: Room) -> None:
    response = signed_in(alice).post("/rooms/den/members/invite/", {"user_name": "nobody"}, follow=True)
    assert "No user named “nobody”." in response.content.decode()


def test_leaving_a_private_room_redirects_to_the_lobby(alice: User, bob: User, den: Room) -> None:
    member_add(by=alice, room=den, user=bob)
    assert signed_in(bob).post("/rooms/den/leave/")["Location"] == "/"


def test_an_archived_room_says_so_and_can_be_unarchived(alice: User, den: Room) -> None:
    client = signed_in(alice)
    client.post("/rooms/den/close/")
    composer = r'id="composer"\s+data-state="write"'
    assert re.search(rf"{composer}\s+hidden\s*>", client.get("/rooms/den/").content.decode())
    client.post("/rooms/den/reopen/")
    assert re.search(rf"{composer}\s*>", client.get("/rooms/den/").content.decode())


def test_every_request_has_a_form_token_of_its_own_for_each_member(alice: User, bob: User, den: Room) -> None:
    member_add(by=alice, room=den, user=bob)
    pages = [signed_in(alice).get(f"{den.get_absolute_url()}members/").content.decode() for _ in range(2)]
    tokens = [
        re.findall(r'class="member-actions".*?csrfmiddlewaretoken" value="(.*?)"', page, re.DOTALL) for page in pages
    ]
    for page, found in zip(pages, tokens, strict=True):
        assert len(found) == 2  # bob's, and that of the template for scripts
        assert re.fullmatch(r"\w{64}", found[0])
        assert "\0" not in page
    assert tokens[0][0] != tokens[1][0]


def test_writing_to_people_opens_a_direct_room_named_after_them(alice: User, bob: User) -> None:
    carol = person("carol")
    profile_update(user=bob, display_name="Bob Hill")
    first = signed_in(alice).post("/write/", {"user_names": "@bob"})["Location"]
    assert signed_in(bob).post("/write/", {"user_names": "alice"})["Location"] == first
    both = signed_in(alice).post("/write/", {"user_names": "bob, carol"})["Location"]
    assert both != first
    page = signed_in(alice).get(first).content.decode()
    assert '<bdi id="room-title">Bob Hill</bdi>' in page
    assert "Leave room" not in page
    assert "Actions for" not in page
    assert signed_in(alice).get(f"{first}settings/").status_code == 404
    assert signed_in(carol).get(first).status_code == 404
    lobby = signed_in(alice).get("/").content.decode()
    assert f'href="{first}"' in lobby
    assert "Bob Hill" in lobby


@pytest.mark.parametrize("names", ["nobody", "alice", "bob nobody", "", "bob " * 2000])
def test_writing_to_unknown_people_is_reported_in_a_sentence(alice: User, bob: User, names: str) -> None:
    response = signed_in(alice).post("/write/", {"user_names": names})
    page = response.content.decode()
    assert response.status_code in (400, 404)
    assert "No user named" in page or "A direct room has 2 to 10 people" in page
    assert f'value="{names}"' in page  # the input is kept
    assert not Room.objects.exists()


def test_people_are_found_by_their_display_names(alice: User, bob: User, den: Room) -> None:
    profile_update(user=bob, display_name="Bob Hïll")
    client = signed_in(alice)
    both = client.post("/write/", {"user_names": "bob"})["Location"]
    assert client.post("/write/", {"user_names": " BOB hïll"})["Location"] == both
    carol = person("carol")
    three = client.post("/write/", {"user_names": "Bob Hïll, carol"})["Location"]
    assert client.post("/write/", {"user_names": "@bob @carol"})["Location"] == three
    client.post("/rooms/den/members/invite/", {"user_name": "bob hïll"})
    assert Invitation.objects.get().user == bob
    profile_update(user=carol, display_name="Bob Hïll")
    page = client.post("/write/", {"user_names": "Bob Hïll"}).content.decode()
    assert "Several people are named “Bob Hïll”: @bob, @carol." in page
    assert 'value="Bob Hïll"' in page
    assert client.post("/write/", {"user_names": "bob"})["Location"] == both


def test_an_owner_transfers_the_room_and_steps_down(alice: User, bob: User, den: Room) -> None:
    member_add(by=alice, room=den, user=bob)
    client = signed_in(alice)
    page = client.get("/rooms/den/").content.decode()
    assert "Make owner" in page
    assert "Step down to member" not in page
    client.post("/rooms/den/members/role/", {"user_name": "bob", "role": "owner"})
    assert "Step down to member" in client.get("/rooms/den/").content.decode()
    client.post("/rooms/den/members/role/", {"user_name": "alice", "role": "member"})
    assert den.memberships.get(user=alice).role == Membership.Role.MEMBER
    assert "Make owner" not in client.get("/rooms/den/").content.decode()
