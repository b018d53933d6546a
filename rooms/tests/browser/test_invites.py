"""Bringing people in: the first run, invite links, and invitations that arrive."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rooms.models import InviteLink, Membership
from rooms.selectors.invite_links import invite_token
from rooms.services.accounts import account_create
from rooms.services.invitations import invitation_create, invitation_withdraw
from rooms.services.invite_links import invite_link_create, invite_link_join, invite_link_revoke
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import PASSWORD, body, make_place, say
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def fill_account(page: Page, username: str) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    """One that copies what is still to come."""
    return whole_browser


def test_from_an_empty_installation_to_two_people_in_a_room(
    server_factory: Callable[..., RunningServer], collected_static: Path, browser: Browser
) -> None:
    server = server_factory(env={"DATA_DIR": str(collected_static), "SIGNUP_OPEN": "no"})
    permissions = ["clipboard-read", "clipboard-write"]
    owner = browser.new_context(base_url=server.url, permissions=permissions).new_page()
    owner.goto("/")
    fill_account(owner, "olga")
    owner.get_by_role("button", name="Create admin account").click()
    expect(owner.get_by_role("heading", name="Welcome to Parlor, olga")).to_be_visible()
    owner.get_by_label("Title").fill("Tea & biscuits")
    owner.get_by_label("Private").check()
    owner.get_by_role("button", name="Create room").click()
    expect(owner.locator("#here")).to_have_text("1 here")  # until the page's script runs, the button leads to a page
    owner.get_by_role("button", name="Copy invite link").click()
    expect(owner.locator("#said")).to_have_text("Invite link copied. It works for 7 days.")
    link = owner.evaluate("navigator.clipboard.readText()")
    assert link == owner.get_by_label("Invite link", exact=True).input_value()
    assert link.startswith(f"{server.url}/invite/")

    newcomer = browser.new_context(base_url=server.url, viewport={"width": 360, "height": 740}).new_page()
    newcomer.goto(link)
    expect(newcomer.get_by_role("heading")).to_have_text("Join Tea & biscuits")
    newcomer.get_by_role("link", name="Create account").click()
    fill_account(newcomer, "newt")
    newcomer.get_by_role("button", name="Create account").click()
    expect(newcomer.locator("#room-title")).to_have_text("Tea & biscuits")
    say(newcomer, "I am in")
    expect(body(owner, "I am in")).to_be_visible()
    expect(owner.locator(".member[data-user=newt]")).to_have_count(1)
    expect(owner.locator("#first-run")).to_have_count(0)
    owner.reload()
    expect(owner.locator("#log")).to_be_visible()
    expect(owner.locator("#first-run")).to_have_count(0)
    newcomer.goto(link)
    expect(newcomer.locator("#room-title")).to_have_text("Tea & biscuits")
    assert InviteLink.objects.get().uses == 1


def test_links_are_made_copied_and_revoked_and_people_join_with_them(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "linked")
    account_create(username="lena", password=PASSWORD)
    owner = place.visit(browser, "alice", 360, permissions=["clipboard-read", "clipboard-write"])
    owner.get_by_role("button", name="Members").click()
    owner.get_by_role("link", name="Invite by email or link").click()
    owner.get_by_label("Number of people").select_option("5")
    owner.get_by_role("button", name="Create invite link").click()
    owner.get_by_role("button", name="Copy").click()
    expect(owner.get_by_role("button", name="Copied")).to_be_visible()
    link = owner.evaluate("navigator.clipboard.readText()")
    code = owner.get_by_alt_text("QR code of invite link 1")
    expect(code).not_to_be_visible()
    owner.get_by_text("QR code", exact=True).click()
    expect(code).to_be_visible()
    assert code.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 200

    visitor = place.visit(browser, "lena", path=link)
    visitor.get_by_role("button", name="Join The hall").click()
    expect(visitor.locator("#room-title")).to_have_text("The hall")

    owner.reload()
    expect(owner.locator(".invite-link")).to_contain_text("1 of 5 used")
    expect(owner.locator(".invite-link")).to_contain_text("Joined: lena")
    owner.get_by_role("button", name="Revoke invite link 1").click()
    owner.locator("#confirm").get_by_role("button", name="Revoke").click()
    expect(owner.locator(".invite-link")).to_contain_text("Revoked")
    stranger = browser.new_context(base_url=site.url).new_page()
    stranger.goto(link)
    expect(stranger.get_by_text("This invite link was revoked.")).to_be_visible()


def test_without_scripts_links_are_made_and_used_too(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "plain")
    room_create(by=place.alice, name="plain-den", kind="private", title="Plain den")
    owner = place.visit(browser, "alice", path="/rooms/plain-den/", java_script_enabled=False)
    owner.get_by_role("button", name="Copy invite link").click()
    link = owner.get_by_role("textbox", name="Invite link 1").input_value()
    newcomer = browser.new_context(base_url=site.url, java_script_enabled=False).new_page()
    newcomer.goto(link)
    newcomer.get_by_role("link", name="Create account").click()
    fill_account(newcomer, "nils")
    newcomer.get_by_role("button", name="Create account").click()
    expect(newcomer.locator("#room-title")).to_have_text("Plain den")


def test_an_invitation_shows_at_once_on_every_page(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "arriving")
    rooms = [room_create(by=place.alice, name=f"den-{number}", title=f"Den {number}") for number in range(3)]
    paths = ["", "/tasks/", "/accounts/profile/"]
    pages = [place.visit(browser, "bob", width, path) for width, path in zip([1280, 360, 360], paths, strict=True)]
    cards = [page.locator(".invited-card") for page in pages]
    invitation_create(by=place.alice, room=rooms[0], user=place.bob)
    for card in cards:
        expect(card).to_contain_text("alice invited you to Den 0")
    expect(pages[0].locator("#sidebar-invitation-count")).to_have_text("1")
    cards[0].get_by_role("button", name="Decline").click()
    for page, card in zip(pages, cards, strict=True):
        expect(card).to_have_count(0)
        expect(page.locator("#sidebar-invitations:visible")).to_have_count(0)
    invitation_create(by=place.alice, room=rooms[1], user=place.bob)
    expect(cards[1]).to_contain_text("Den 1")
    invitation_create(by=place.alice, room=rooms[2], user=place.bob)
    expect(cards[1]).to_have_count(2)
    invitation_withdraw(by=place.alice, room=rooms[1], user=place.bob)
    expect(cards[1]).to_have_count(1)
    cards[1].get_by_role("button", name="Join").click()
    expect(pages[1].locator("#room-title")).to_have_text("Den 2")
    for card in (cards[0], cards[2]):
        expect(card).to_have_count(0)
    assert Membership.objects.filter(room=rooms[2], user=place.bob).exists()


def test_the_page_of_invite_links_shows_who_joined_and_what_was_revoked_elsewhere_when_one_returns(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "links")
    link = invite_link_create(by=place.alice, room=place.room)
    page = place.visit(browser, "alice", path="/rooms/links/invite-links/", permissions=["clipboard-write"])
    facts = page.locator(".invite-link-facts").first
    expect(facts).to_contain_text("used 0 times")
    invite_link_join(user=account_create(username="nora", password=PASSWORD), token=invite_token(link))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(facts).to_contain_text("used 1 time")
    expect(page.get_by_role("link", name="nora")).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    invite_link_revoke(by=place.alice, link=link)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(facts).to_contain_text("Revoked")
