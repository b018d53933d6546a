"""The pages of sections, without scripts."""

from __future__ import annotations

import re

import pytest

from rooms.models import Membership, Room, Section, User
from rooms.selectors.preferences import preferences_for
from rooms.selectors.sections import sections_of
from rooms.services.levels import membership_update
from rooms.services.rooms import room_create
from rooms.services.sections import section_create
from rooms.tests.support.pages import signed_in

pytestmark = pytest.mark.django_db


def test_a_section_is_created_filled_renamed_moved_and_deleted(alice: User, den: Room) -> None:
    room_create(by=alice, name="tea", title="Tea")
    client = signed_in(alice)
    answer = client.post("/sections/", {"name": "Work"})
    section = Section.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/sections/{section.pk}/")
    page = client.get(answer["Location"]).content.decode()
    assert re.search('value="tea"(?![^>]*checked)', page)
    page = client.post(answer["Location"], {"name": "Jobs", "rooms": ["den", "tea"]}, follow=True).content.decode()
    assert "Section saved." in page
    assert set(Membership.objects.values_list("section", flat=True)) == {section.pk}
    assert re.search('value="tea"[^>]*checked', client.get(answer["Location"]).content.decode())
    other = section_create(user=alice, name="Home")
    client.post(f"/sections/{other.pk}/move/", {"position": "0"})
    assert [one.name for one in sections_of(alice)] == ["Home", "Jobs"]
    client.post(f"/sections/{other.pk}/move/", {"position": "x"})
    assert [one.name for one in sections_of(alice)] == ["Jobs", "Home"]
    page = client.post(f"/sections/{section.pk}/delete/", follow=True).content.decode()
    assert "Section deleted." in page
    assert set(Membership.objects.values_list("section", flat=True)) == {None}


def test_errors_are_shown_at_their_field_and_keep_the_input(alice: User, den: Room) -> None:
    section_create(user=alice, name="Home")
    section = section_create(user=alice, name="Work")
    client = signed_in(alice)
    for address in ("/sections/", f"/sections/{section.pk}/"):
        answer = client.post(address, {"name": "home", "rooms": ["den"]})
        assert answer.status_code == 400
        page = answer.content.decode()
        assert re.search('id="id_name_error">You already have a section with this name.<', page)
        assert 'value="home"' in page
    assert 'value="den"' in page
    assert Membership.objects.get().section is None
    assert "at most 40 characters" in client.post("/sections/", {"name": "x" * 41}).content.decode()
    assert client.post(f"/sections/{section.pk}/", {"name": "Work", "rooms": ["nowhere"]}).status_code == 400


def test_those_of_others_do_not_exist(alice: User, bob: User) -> None:
    section = section_create(user=alice, name="Secret")
    client = signed_in(bob)
    absent = client.get(f"/sections/{section.pk + 1}/")
    there = client.get(f"/sections/{section.pk}/")
    assert (there.status_code, there.content) == (absent.status_code, absent.content)
    assert there.status_code == 404
    for action in ("move", "collapse", "delete"):
        page = client.post(f"/sections/{section.pk}/{action}/", follow=True).content.decode()
        assert "Section not found." in page
        assert "Secret" not in page
    assert Section.objects.get().collapsed is False


def test_a_room_is_moved_in_the_form_of_its_notifications(alice: User, den: Room) -> None:
    client = signed_in(alice)
    assert 'name="section"' not in client.get("/rooms/den/notifications/").content.decode()
    section = section_create(user=alice, name="Work")
    address = "/rooms/den/notifications/"
    client.post(address, {"level": "mentions", "section": str(section.pk)})
    assert Membership.objects.get().section == section
    page = client.get(address).content.decode()
    assert re.search(f'<option value="{section.pk}" selected>Work<', page)
    client.post(address, {"level": "mentions", "section": ""})
    assert Membership.objects.get().section is None
    assert client.post(address, {"level": "mentions", "section": "999"}).status_code == 400


def test_the_sidebar_lists_sections_and_collapses_them_without_a_script(alice: User, den: Room) -> None:
    section = section_create(user=alice, name="Work")
    membership_update(user=alice, room=den, section=section.pk)
    client = signed_in(alice)

    def shown() -> str:
        page = client.get("/tasks/?mine=true").content.decode()
        assert 'name="next" value="/tasks/?mine=true"' in page
        found = re.search(r'<section\s+class="sidebar-section".*?</section>', page, re.DOTALL)
        assert found is not None
        assert 'data-room="den"' in found[0]
        return found[0]

    assert 'aria-expanded="true"' in shown()
    assert "data-collapsed" not in shown()
    address = f"/sections/{section.pk}/collapse/"
    assert client.post(address, {"collapsed": "yes", "next": "/tasks/"})["Location"] == "/tasks/"
    assert 'aria-expanded="false"' in shown()
    assert "data-collapsed" in shown()
    assert client.post(address, {"collapsed": "no", "next": "https://example.org/"})["Location"] == "/"
    assert "data-collapsed" not in shown()


def test_unread_rooms_are_listed_first_unless_one_does_not_want_that(alice: User) -> None:
    client = signed_in(alice)
    for given, kept in (({}, False), ({"unread_first": "on"}, True)):
        page = client.post("/sections/order/", given, follow=True).content.decode()
        assert preferences_for(alice).unread_first is kept
        assert ('name="unread_first" checked' in " ".join(page.split())) is kept
