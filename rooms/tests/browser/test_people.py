"""People in a real browser: direct rooms, invitations, names and pictures."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from rooms.models import Room, Status, User
from rooms.services.accounts import account_create
from rooms.services.email_addresses import address_change_request
from rooms.services.invitations import invitation_accept
from rooms.services.members import member_ban, member_join, member_leave, member_remove, member_set_role
from rooms.services.posting import message_post
from rooms.services.profile import profile_update
from rooms.services.renamed_mentions import mentions_rename
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import PASSWORD, body, make_place, say
from rooms.tests.support.images import image
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def open_actions(page: Page, name: str) -> None:
    """Open the actions of a member by keyboard."""
    summary = page.get_by_label(f"Actions for {name}")
    summary.focus()
    summary.press("Enter")


def test_two_people_who_write_to_each_other_get_the_same_room(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "meeting")
    profile_update(user=place.bob, display_name="Bob Hill")
    alice = place.visit(browser, "alice")
    open_actions(alice, "Bob Hill")
    alice.get_by_role("button", name="Message").press("Enter")
    expect(alice.locator("#room-title")).to_have_text("Bob Hill")
    say(alice, "between us")
    bob = place.visit(browser, "bob", width=360, path="/")
    bob.locator("#write-to").press_sequentially("ali")
    expect(bob.locator("datalist option")).to_have_count(1)
    bob.locator("#write-to").fill("alice")
    bob.get_by_role("button", name="Message").click()
    expect(body(bob, "between us")).to_have_count(1)
    expect(bob.locator("#room-title")).to_have_text("alice")
    assert bob.url == alice.url
    assert "/dm-" in bob.url
    profile_update(user=place.bob, display_name="Robert Hill")
    expect(alice.locator("#room-title")).to_have_text("Robert Hill")
    expect(alice).to_have_title(re.compile("Robert Hill"))
    expect(alice.locator("#sidebar-direct bdi")).to_have_text("Robert Hill")


def test_an_invited_user_joins_and_is_warned_before_leaving(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "inviting")
    account_create(username="carol", password=PASSWORD)
    room = room_create(by=place.alice, name="den", title="The den", kind="private")
    alice = place.visit(browser, "alice", path="/rooms/den/")
    alice.get_by_label("Invite", exact=True).fill("carol")
    alice.get_by_role("button", name="Invite", exact=True).click()
    expect(alice.get_by_text("carol was invited.")).to_be_visible()
    expect(alice.locator(".members-invited")).to_contain_text("carol")
    carol = place.visit(browser, "carol", path="/", width=360)
    expect(carol.locator(".room-card-invitation")).to_contain_text("Invited by alice")
    carol.get_by_role("button", name="Accept the invitation to The den").press("Enter")
    expect(carol.locator("#room-title")).to_have_text("The den")
    carol.get_by_role("button", name="Members").click()
    carol.locator("summary", has_text="Leave room").press("Enter")
    expect(carol.get_by_text("you can only come back if you are invited again")).to_be_visible()
    assert room.memberships.count() == 2
    carol.get_by_role("button", name="Leave room").press("Enter")
    expect(carol.get_by_text("You left The den.")).to_be_visible()
    assert room.memberships.count() == 1


def confirm(page: Page, name: str, action: str) -> None:
    """Choose an action of a member by keyboard and confirm it."""
    open_actions(page, name)
    page.get_by_role("button", name=f"{action}…").press("Enter")
    page.locator("#confirm").get_by_role("button", name=action).press("Enter")


def test_lists_of_people_update_live_even_for_the_user_who_acted(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "lists")
    dora, earl = (account_create(username=name, password=PASSWORD) for name in ("dora", "earl"))
    for person in (dora, earl):
        member_join(user=person, room=place.room)
    owner = place.visit(browser, "alice")
    settings = owner.context.new_page()
    settings.goto("/rooms/lists/settings/")
    home = place.visit(browser, "dora", path="/")
    inside = place.visit(browser, "dora")  # so that she is in the room, not only a member
    expect(owner.locator("#here")).to_have_text("2 here")
    confirm(owner, "dora", "Ban")
    expect(owner.locator("#said")).to_have_text("dora was banned from the room.")
    expect(owner.locator(".member[data-user=dora]")).to_have_count(0)
    expect(owner.locator(".member[data-user=earl] a")).to_be_focused()  # the neighbour in the list
    expect(inside.get_by_text("You are no longer in this room.")).to_be_visible()
    expect(home.locator('.room-card [href="/rooms/lists/"]')).to_have_count(0)
    expect(settings.locator("#bans")).to_contain_text("dora")
    owner.reload()  # presence still includes her for a moment
    expect(owner.locator("#here")).to_have_text("1 here")
    expect(owner.locator(".member")).to_have_count(3)
    settings.get_by_role("button", name="Unban dora").press("Enter")
    expect(settings.locator("#bans")).to_contain_text("Nobody is banned")
    owner.locator("#invite").fill("nobody")
    owner.locator("#invite").press("Enter")
    expect(owner.locator("#invite")).to_have_attribute("aria-describedby", "invite-error")
    expect(owner.locator("#invite")).to_be_focused()
    owner.locator("#invite").fill("@dora")
    owner.locator("#invite").press("Enter")
    expect(owner.locator("#members-invited")).to_contain_text("dora")
    expect(home.locator("#sidebar-invitations")).to_contain_text("1")
    expect(inside.locator("#sidebar-invitations")).to_contain_text("1")
    invitation_accept(user=dora, room_name="lists")
    expect(owner.locator(".member[data-user=dora]")).to_be_attached()
    expect(owner.locator("#members-invited")).to_have_count(0)
    expect(home.locator("#sidebar-invitations")).to_be_hidden()
    expect(home.locator('section:has(#yours) [href="/rooms/lists/"]')).to_be_attached()
    confirm(owner, "dora", "Make owner")
    expect(owner.locator("#said")).to_have_text("dora is now an owner.")
    expect(owner.locator(".member[data-user=dora]")).to_contain_text("owner")
    member_remove(by=place.alice, room=place.room, user=dora)
    card = home.locator('section:has(#open) .room-card:has([href="/rooms/lists/"])')
    expect(card).to_contain_text("3 members")
    member_leave(user=earl, room=place.room)  # changes by others are shown, too
    expect(card).to_contain_text("2 members")


def test_moderators_see_each_others_changes_at_once_and_confirm_removals(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "two-moderators")
    dora, earl = (account_create(username=name, password=PASSWORD) for name in ("dora2", "earl2"))
    for person in (dora, earl):
        member_join(user=person, room=place.room)
    member_set_role(by=place.alice, room=place.room, user=place.bob, role="moderator")
    page = place.visit(browser, "bob")
    expect(page.locator(".member")).to_have_count(4)
    member_ban(by=place.alice, room=place.room, user=dora)
    expect(page.locator(".member[data-user=dora2]")).to_have_count(0)
    open_actions(page, "earl2")
    page.get_by_role("button", name="Remove").press("Enter")
    expect(page.locator("#confirm-question")).to_have_text("Remove earl2 from this room?")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".member[data-user=earl2]")).to_be_attached()
    assert earl.memberships.filter(room=place.room).exists()


def test_a_notice_disappears_by_itself(site: RunningServer, browser: Browser) -> None:
    page = make_place(site, "notices").visit(browser, "bob", path="/accounts/profile/")
    page.clock.install()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice")).to_be_visible()
    page.clock.fast_forward(10_000)
    expect(page.locator(".notice")).to_have_count(0)


def test_the_address_that_waits_for_confirmation_does_not_disappear_with_the_notice(
    server_factory: Callable[..., RunningServer], collected_static: Path, browser: Browser
) -> None:
    mailing = {"EMAIL_URL": "smtp://127.0.0.1:1", "PUBLIC_URL": "https://chat.example.org"}
    place = make_place(server_factory(env={"DATA_DIR": str(collected_static), **mailing}))
    address_change_request(user=place.alice, email="alice@example.org")
    page = place.visit(browser, "alice", path="/accounts/email/")
    page.clock.install()
    page.get_by_role("button", name="Send it again").click()
    sent = page.get_by_text("Another link sent to alice@example.org.")
    expect(sent).to_be_visible()
    page.clock.fast_forward(10_000)
    expect(sent).to_have_count(0)
    expect(page.get_by_role("button", name="Send it again")).to_be_visible()


def test_a_page_without_the_sidebar_shows_no_empty_message_at_its_foot(site: RunningServer, browser: Browser) -> None:
    page = make_place(site, "silent").visit(browser, "bob", path="/accounts/profile/")
    said = page.locator("#said").bounding_box()
    assert said is not None
    assert (said["width"], said["height"]) == (0, 0)


def test_the_end_of_the_own_status_is_in_the_time_of_the_browser(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "ending")
    Status.objects.create(user=place.bob, text="Away", until=datetime(2126, 5, 1, 10, tzinfo=UTC))
    page = place.visit(browser, "bob", path="/accounts/status/", timezone_id="Asia/Tokyo", locale="en-US")
    expect(page.locator("time")).to_have_text(re.compile("^May 1, 2126, 7:00\\sPM$"))


def test_the_member_list_is_filtered_while_typing(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "crowd")
    for number in range(12):
        member_join(user=User.objects.create_user(f"guest{number}"), room=place.room)
    page = place.visit(browser, "alice")
    expect(page.locator(".member:visible")).to_have_count(14)
    page.get_by_label("Filter members").press_sequentially("GUEST1")
    expect(page.locator(".member:visible")).to_have_count(3)
    member_join(user=User.objects.create_user("guest12"), room=place.room)
    member_join(user=User.objects.create_user("other"), room=place.room)
    expect(page.locator("#member-count")).to_have_text("16")
    expect(page.locator(".member:visible")).to_have_count(4)
    expect(page.get_by_label("Filter members")).to_be_focused()
    page.get_by_label("Filter members").fill("xyz")
    expect(page.locator("#members-none")).to_have_text("No results")


def test_a_rejected_form_shows_its_first_invalid_field(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "forms")
    for number in range(40):
        room_create(by=place.alice, name=f"full-{number}")
    page = place.visit(browser, "bob", path="/", width=360)
    page.get_by_label("Title").fill("Another")
    page.get_by_label("URL name").fill("full-1")
    page.get_by_role("button", name="Create room").click()
    expect(page.get_by_label("URL name")).to_be_focused()
    expect(page.get_by_label("URL name")).to_be_in_viewport()
    expect(page.get_by_label("Title")).to_have_value("Another")


def test_name_and_picture_changes_reach_other_pages_at_once(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "faces")
    message_post(by=place.bob, room=place.room, content="my old face")
    alice = place.visit(browser, "alice", width=360)
    expect(body(alice, "my old face")).to_be_visible()
    bob = place.visit(browser, "bob", path="/accounts/profile/")
    bob.get_by_label("Display name").fill("Bob the Builder")
    bob.get_by_role("button", name="Save").click()
    expect(bob.get_by_text("Profile saved.")).to_be_visible()
    expect(alice.locator(".message-author")).to_have_text("Bob the Builder")
    picture = FilePayload(name="me.png", mimeType="image/png", buffer=image())
    bob.get_by_label("Choose a picture").set_input_files(picture)
    expect(bob.locator("#picture-now img")).to_have_attribute("src", re.compile("^data:"))
    bob.get_by_role("button", name="Upload").click()
    expect(bob.get_by_text("Picture saved.")).to_be_visible()
    shown = alice.locator(".message .avatar img")
    expect(shown).to_have_attribute("src", re.compile("^/avatars/"))
    alice.wait_for_function("() => document.querySelector('.message .avatar img').naturalWidth === 256")
    alice.get_by_role("button", name="Members").click()
    member = alice.locator(".member[data-user=bob]")
    expect(member).to_contain_text("Bob the Builder")
    expect(member.locator("img")).to_have_count(1)
    live = alice.locator(".message").evaluate_all("all => all.map(each => each.outerHTML)")
    alice.reload()
    assert alice.locator(".message .avatar").inner_html().strip() in live[0]
    assert Room.objects.get(name="faces").version == 1  # the room itself has not changed
    message_post(by=place.alice, room=place.room, content="@bob, well met")
    place.bob.refresh_from_db()
    for name in ("bobby", "bob"):
        place.bob.username = name
        place.bob.save()
        mentions_rename(user=place.bob)
        expect(alice.locator(".message-body .mention")).to_have_text(f"@{name}")
        expect(alice.locator(".message-author").first).to_have_attribute("title", f"@{name}")


def test_a_new_member_appears_in_the_pages_of_others(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "doorway")
    profile_update(user=place.bob, display_name="")  # other tests have set a display name
    Room.objects.get(name="doorway").memberships.get(user=place.bob).delete()
    alice = place.visit(browser, "alice")
    expect(alice.locator("#here")).to_have_text("1 here")
    expect(alice.get_by_text("No messages yet")).to_be_visible()
    bob = place.visit(browser, "bob", width=360)
    bob.get_by_role("button", name="Join The hall").click()
    newcomer = alice.locator(".member[data-user=bob]")
    expect(newcomer).to_contain_text("online")
    expect(alice.locator("#member-count")).to_have_text("2")
    alice.locator("#content").press_sequentially("@bo")
    expect(alice.get_by_role("option", name="bob")).to_be_visible()
    alice.keyboard.press("Enter")
    alice.keyboard.press("Enter")
    expect(bob.locator(".message-body .mention")).to_have_text("@bob")
    expect(alice.get_by_text("This is the start of #doorway")).to_be_visible()
    live = newcomer.inner_html()
    alice.reload()
    expect(newcomer).to_contain_text("online")
    strip = r'(name="csrfmiddlewaretoken" value=")[^"]*|\s+'
    assert re.sub(strip, r"\1", newcomer.inner_html()) == re.sub(strip, r"\1", live)
    open_actions(alice, "bob")
    alice.get_by_role("button", name="Make moderator").press("Enter")
    expect(newcomer).to_contain_text("moderator")
    # The open page shows the current roles and actions, and the removed member is gone.
    expect(bob.locator(".member[data-user=bob]")).to_contain_text("moderator")
    expect(bob.locator(".member[data-online]")).to_have_count(2)
    expect(bob.locator("#invite")).to_have_count(1)
    member_remove(by=place.alice, room=place.room, user=place.bob)
    expect(newcomer).to_have_count(0)
    expect(alice.locator("#member-count")).to_have_text("1")


@pytest.mark.parametrize("width", [320, 1280])
def test_names_and_mentions_open_a_profile_card(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"cards-{width}")
    User.objects.filter(username="bob").update(time_zone="Asia/Kathmandu")
    message_post(by=place.bob, room=place.room, content="I am @bob")
    page = place.visit(browser, "alice", width)
    card = page.get_by_role("dialog", name="bob")
    mention = page.locator("#message-1 a.mention")
    mention.focus()
    page.keyboard.press("Enter")
    expect(card).to_be_focused()
    expect(card).to_contain_text("Member of this room")
    expect(card).to_contain_text(re.compile(r"\d:\d\d\s?[AP]?M?\s+local time"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(mention).to_be_focused()
    page.locator("#message-1").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="View profile").click()
    card.get_by_role("button", name="Block…").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#message-1")).to_be_focused()
    message_post(by=place.bob, room=place.room, content="and @alice")  # this one arrives live
    expect(page.locator("#message-2 a.mention-me")).to_have_attribute("href", "/people/alice/")
    page.locator("#message-1 > .avatar").click()
    card.get_by_role("button", name="Message").click()
    expect(page.get_by_role("heading", name="bob", level=1)).to_be_visible()
