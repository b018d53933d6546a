"""Checks every page with axe-core, in both themes, wide and narrow, and that nothing scrolls sideways."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from notifications.services.posting import notify_person
from notifications.services.push_subscriptions import push_turn_on
from notifications.services.unread import notification_read
from notifications.tests.push_support import Browser as Subscriber
from rooms.models import User
from rooms.selectors.invite_links import invite_token
from rooms.selectors.two_step import factors_of
from rooms.services.accounts import account_create
from rooms.services.direct_rooms import direct_room_open
from rooms.services.email_invitations import email_invitations_create
from rooms.services.invitations import invitation_create
from rooms.services.invite_links import invite_link_create
from rooms.services.levels import membership_update
from rooms.services.members import member_ban, member_join
from rooms.services.messages import message_delete, message_edit
from rooms.services.pins import message_pin
from rooms.services.posting import message_post
from rooms.services.preferences import preferences_update
from rooms.services.reactions import reaction_add
from rooms.services.reminders import reminders_send
from rooms.services.reports import message_report
from rooms.services.restrictions import user_mute
from rooms.services.rooms import room_create
from rooms.services.saved_messages import message_save, reminder_set
from rooms.services.scheduled_messages import message_schedule
from rooms.services.sections import section_create
from rooms.services.two_step import passkey_add, two_step_reset
from rooms.tests.support.browsing import Place, make_place
from rooms.tests.support.files import (
    NOTES,
    PHOTO,
    choose_files,
    film,
    hold_parts,
    post_files,
    sound,
    tray,
    uploaded,
)
from rooms.tests.support.images import image
from rooms.tests.support.second_factors import confirm_session
from rooms.tests.support.servers import RunningServer
from rooms.views.forms import ResetForm

pytestmark = pytest.mark.browser
WIDE: ViewportSize = {"width": 1280, "height": 740}
NARROW: ViewportSize = {"width": 320, "height": 740}
ALL: dict[str, Any] = {
    "resultTypes": ["violations"],
    "preload": False,
    "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2, which axe-core leaves out by default
}
COLOURS = {"resultTypes": ["violations"], "preload": False, "runOnly": ["color-contrast", "link-in-text-block"]}
MARKDOWN = (
    "# Head\n\n*a* **b** ~~c~~ `d` <https://example.org>\n\n> quoted\n\n- one\n\n1. two\n\n"
    "```\ncode\n```\n\n|a|b|\n|-|-|\n|1|2|"
)


def violations(page: Page, options: dict[str, Any] = ALL) -> list[str]:
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(
        "Promise.allSettled(document.getAnimations().map((each) => each.finished))"
    )  # wait for colour transitions
    found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    where = f"{page.url} {page.viewport_size}"
    return [
        f"{where} {each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
    ]


def check_page(page: Page, *widths: ViewportSize) -> list[str]:
    """The violations on a page, in both themes and at these widths. In the dark theme only colours are checked."""
    found = []
    page.emulate_media(color_scheme="light")
    for width in widths:
        page.set_viewport_size(width)
        found += violations(page)
    page.emulate_media(color_scheme="dark")
    found += violations(page, COLOURS)
    page.set_viewport_size(NARROW)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found if wide <= NARROW["width"] else [*found, f"{page.url} scrolls sideways: {wide} px at 320"]


def visitor(site: RunningServer, browser: Browser) -> Page:
    return browser.new_context(base_url=site.url, reduced_motion="reduce").new_page()


def check_pages(page: Page, paths: list[str], *widths: ViewportSize) -> list[str]:
    found = []
    for path in paths:
        page.goto(path)
        found += check_page(page, *(widths or (WIDE, NARROW)))
    return found


def error_pages(page: Page) -> list[str]:
    """The pages that are hard to reach, with the server's styles."""
    pages = {f"/shown/{name}/": render_to_string(f"{name}.html") for name in ("403", "403_csrf", "500")}
    pages["/shown/429/"] = render_to_string("429.html", {"minutes": 5})
    with_mail = {"form": ResetForm()}
    pages["/shown/reset/"] = render_to_string("accounts/password_reset.html", with_mail)
    pages["/shown/run-out/"] = render_to_string("accounts/password_reset_confirm.html", {"validlink": False})

    def show(route: Route) -> None:
        route.fulfill(body=pages[urlsplit(route.request.url).path], content_type="text/html")

    page.route("**/shown/*/", show)
    return list(pages)


def fill_room(place: Place) -> None:
    """Post a message of every kind."""
    room, alice, bob = place.room, place.alice, place.bob
    for by, content in (
        (bob, MARKDOWN),
        (alice, MARKDOWN),
        (bob, "@alice, see?"),
        (bob, "🎉"),
        (alice, "tpyo"),
        (bob, "gone"),
    ):
        message_post(by=by, room=room, content=content)
    message_post(by=alice, room=room, content="I do.", reply_to=3)
    message_post(by=bob, room=room, content="To what is gone", reply_to=6)
    for by in (alice, bob):
        reaction_add(by=by, room=room, seq=3, emoji="👍")
    reaction_add(by=bob, room=room, seq=2, emoji="🎉")
    message_edit(by=alice, room=room, seq=5, content="typo")
    message_delete(by=bob, room=room, seq=6)
    message_pin(by=alice, room=room, seq=3)
    message_save(by=alice, room=room, seq=3)
    pictures = [(f"{number}.png", image(size=(60, 30 + number))) for number in range(3)]
    post_files(place.server, alice, room, pictures[0])
    post_files(place.server, bob, room, *pictures, ("a.wav", sound()), ("a.mp4", film()), ("a.pdf", b"%PDF-1.4"))


def test_axe_finds_nothing_on_the_pages_for_visitors(site: RunningServer, browser: Browser) -> None:
    page = visitor(site, browser)
    assert not User.objects.exists()
    found = check_pages(page, ["/accounts/setup/"])
    place = make_place(site, "visited")
    token = default_token_generator.make_token(place.bob)
    reset = f"/accounts/password/reset/{urlsafe_base64_encode(force_bytes(place.bob.pk))}/{token}/"
    paths = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/sent/"]
    link = f"/invite/{invite_token(invite_link_create(by=place.alice, room=place.room))}/"
    invites = [link, f"{link}signup/", f"{link}login/", "/invite/nothing/"]
    found += check_pages(page, [*paths, *invites, reset, "/nothing/", *error_pages(page)])
    page.goto("/accounts/signup/")
    page.fill("[name=username]", "bob")
    page.get_by_role("button", name="Create account").click()
    found += check_page(page, WIDE, NARROW)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_a_busy_room(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "lively")
    fill_room(place)
    page = place.visit(browser, "alice", reduced_motion="reduce")
    refused = {"client_id": "one", "room_name": "lively", "content": "x" * 9000, "at": 1, "failed": "It is too long."}
    page.evaluate("item => localStorage.setItem('parlor:outbox:alice:one', item)", json.dumps(refused))
    page.reload()
    page.wait_for_selector(".message-failed")
    page.wait_for_function("document.getElementById('here').textContent")
    found = check_page(page, WIDE, NARROW)
    page.set_viewport_size(WIDE)
    page.locator("#message-3").hover()
    page.locator(".sidebar-me summary").click()
    page.locator("#content").press_sequentially("@")
    page.wait_for_selector("[role=option]")
    found += violations(page)
    page.emulate_media(color_scheme="light")
    found += violations(page, COLOURS)
    page.set_viewport_size(NARROW)
    page.get_by_label("Your rooms").click()
    found += violations(page)
    page.context.set_offline(True)
    page.evaluate(
        "for (const part of document.querySelectorAll('.trouble, .composer-reply, .foot-bar')) part.hidden = false"
    )
    found += violations(page, COLOURS)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_with_files_in_the_tray_the_viewer_and_the_dialog(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "with-files")
    fill_room(place)
    page = place.visit(browser, "alice", reduced_motion="reduce")
    choose_files(page, PHOTO)
    expect(uploaded(page)).to_have_count(1)
    hold_parts(page)
    choose_files(page, NOTES)
    expect(tray(page)).to_have_count(2)
    page.evaluate("document.getElementById('drop').hidden = false")
    found = violations(page)
    page.evaluate("document.getElementById('drop').hidden = true")
    found += check_page(page, WIDE, NARROW)
    page.locator(".picture-link").first.click()
    found += check_page(page, WIDE, NARROW)
    page.keyboard.press("Escape")
    page.locator("#message-9").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Delete file").click()
    found += check_page(page, NARROW)
    page.keyboard.press("Escape")
    found += check_pages(page, ["/rooms/with-files/files/"])
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_notifications_pinned_and_saved_messages_and_the_dialog_for_reminders(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "kept")
    for number in range(3):
        message_post(by=place.bob, room=place.room, content=f"line {number}")
    message_pin(by=place.alice, room=place.room, seq=1)
    message_save(by=place.alice, room=place.room, seq=1)
    for seq, minutes in ((2, 0), (3, 60)):
        moment = timezone.now() + timedelta(minutes=minutes)
        reminder_set(by=place.alice, room=place.room, seq=seq, remind_at=moment.isoformat())
    reminders_send()
    page = place.visit(browser, "alice", path="/", reduced_motion="reduce")
    notify_person(user=place.alice, title="A notice", body="of something")
    notify_person(user=place.alice, title="Another one")
    notification_read(by=place.alice, seq=1)
    when = (timezone.now() + timedelta(hours=1)).isoformat()
    scheduled = message_schedule(by=place.alice, room=place.room, content="later", send_at=when)
    found = check_pages(
        page, ["/notifications/", "/rooms/kept/pins/", "/scheduled/", f"/scheduled/{scheduled.pk}/", "/saved/"]
    )
    page.get_by_role("button", name="Change reminder…").click()
    page.wait_for_selector("#remind[open]")
    found += check_page(page, WIDE, NARROW)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_the_switcher_a_profile_card_and_the_menu_of_a_message(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "opened")
    message_post(by=place.bob, room=place.room, content="I am @bob")
    page = place.visit(browser, "alice", reduced_motion="reduce")
    page.keyboard.press("Control+k")
    page.keyboard.type("bo")
    expect(page.locator("#switcher [role=option]", has_text="bob")).to_be_visible()
    found = check_page(page, WIDE, NARROW)
    page.keyboard.press("Escape")
    page.locator("#message-1 a.mention").press("Enter")
    expect(page.get_by_role("dialog", name="bob")).to_be_visible()
    found += check_page(page, WIDE, NARROW)
    page.keyboard.press("Escape")
    page.locator("#message-1").press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_visible()
    found += check_page(page, WIDE, NARROW)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_the_notifications_of_a_room_and_a_sidebar_with_favourites_and_muted_rooms(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "chosen")
    for number in range(16):
        room = room_create(by=place.alice, name=f"chosen-{number}", title=f"Chosen {number}")
        membership_update(
            user=place.alice, room=room, level="nothing", muted=number % 2 == 0, favourite=number % 3 == 0
        )
    preferences_update(user=place.alice, dnd_until=timezone.now() + timedelta(hours=1))
    page = place.visit(browser, "alice", reduced_motion="reduce")
    found = check_page(page, WIDE, NARROW)
    page.set_viewport_size({"width": 1280, "height": 740})
    page.get_by_role("link", name="Notifications in this room").click()
    expect(page.get_by_role("dialog", name="Notifications")).to_be_visible()
    found += check_page(page, WIDE, NARROW)
    preferences_update(user=place.alice, dnd_until=None)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_the_other_pages(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "others")
    push_turn_on(user=place.alice, cookie="x", user_agent="", **Subscriber().subscription)
    carol = account_create(username="carol", password="a-good-password")
    member_join(user=carol, room=place.room)
    member_ban(by=place.alice, room=place.room, user=carol)
    den = room_create(by=carol, name="den", title="The den", kind="private")
    invitation_create(by=carol, room=den, user=place.alice)
    talk, _ = direct_room_open(by=place.alice, people=[place.bob, carol])
    message_post(by=place.bob, room=place.room, content="An accessible needle")
    page = place.visit(browser, "alice", path="/", reduced_motion="reduce")
    own = ("profile", "notifications", "email", "password", "tokens")
    mine = [*(f"/accounts/{name}/" for name in own), "/devices/", "/offline"]
    others = ["/search/?q=needle", "/people/bob/", "/rooms/others/settings/", "/rooms/others/files/"]
    others.append("/rooms/others/notifications/")
    message_report(by=carol, room=place.room, seq=1, reason="spam", note="Every day")
    user_mute(by=place.alice, user=place.bob, room=place.room, reason="Insults")
    others += ["/moderation/", "/reports/", "/rooms/others/messages/1/report/", "/people/bob/report/"]
    fresh = room_create(by=place.alice, name="fresh", title="A fresh room")
    invite_link_create(by=place.alice, room=place.room, max_uses=2)
    links = ["/rooms/others/invite-links/", "/invite-links/", fresh.get_absolute_url()]
    section = section_create(user=place.alice, name="Work")
    section_create(user=place.alice, name="Family")
    with override_settings(EMAIL_CONFIGURED=True, PUBLIC_URL="http://chat.example.org"):
        email_invitations_create(by=place.alice, room=place.room, emails=["carol@example.org"])
    sections = ["/sections/", f"/sections/{section.pk}/"]
    found = check_pages(page, ["/", *others, *links, *sections, *mine, talk.get_absolute_url()])
    page.goto("/tasks/")
    invitation_create(by=carol, room=room_create(by=carol, name="nook"), user=place.alice)
    expect(page.locator(".invited-card")).to_be_visible()
    found += violations(page)
    page = place.visit(browser, "carol", path="/rooms/den/", reduced_motion="reduce")
    page.locator(".members-leave summary").click()
    found += violations(page)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_the_pages_for_two_step_sign_in(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "two-step")
    dora = account_create(username="dora", password="a-good-password")
    passkey_add(user=dora, name="Laptop", credential={})
    context = place.context(browser, "dora", reduced_motion="reduce")
    confirm_session(next(cookie["value"] for cookie in context.cookies()), dora)
    page = context.new_page()
    paths = ["", "app/", "passkeys/", f"passkeys/{factors_of(dora).passkeys[0].pk}/", "confirm/"]
    found = check_pages(page, [f"/accounts/security/{path}" for path in paths])
    page.goto("/accounts/security/")
    page.get_by_text("Create new codes").click()
    page.get_by_role("button", name="Create new recovery codes").click()
    found += check_page(page, WIDE, NARROW)
    context.clear_cookies()
    waiting = Client()
    waiting.post("/accounts/login/", {"username": "dora", "password": "a-good-password"})
    context.add_cookies([{"name": "sessionid", "value": waiting.cookies["sessionid"].value, "url": site.url}])
    found += check_pages(page, ["/accounts/login/code/", "/accounts/login/"])
    two_step_reset(user=dora)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_arabic(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "arabic")
    fill_room(place)
    User.objects.filter(pk=place.alice.pk).update(language="ar")
    page = place.visit(browser, "alice", reduced_motion="reduce")
    found = check_page(page, WIDE, NARROW)
    page.get_by_role("button", name="غرفك").click()
    found += violations(page)
    page.keyboard.press("Escape")
    page.locator("#message-1").press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_visible()
    found += check_page(page, NARROW)
    found += check_pages(page, ["/", "/search/", "/notifications/", "/accounts/profile/", "/sections/"], NARROW)
    User.objects.filter(pk=place.alice.pk).update(language="")
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_the_admin_and_the_api_documentation(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "looked-after")
    page = place.visit(browser, "alice", path="/api/docs/", reduced_motion="reduce")
    page.locator(".opblock-post .opblock-summary-control").first.click()
    page.wait_for_selector(".opblock-body .microlight")
    found = check_page(page, NARROW)
    said = message_post(by=place.alice, room=place.room, content="tpyo").message
    message_edit(by=place.alice, room=place.room, seq=said.seq, content="typo")
    others = ["membership/add/", f"user/{place.bob.pk}/change/", "message/", f"message/{said.pk}/change/"]
    forms = [f"{place.room.pk}/change/", *(f"../{path}" for path in others)]
    found += check_pages(
        page, ["/admin/", "/admin/rooms/room/", *(f"/admin/rooms/room/{path}" for path in forms)], WIDE
    )
    found = [each for each in found if "target-size" not in each]  # Django's admin has links on lines of 20 px
    assert not found, "\n".join(found)
