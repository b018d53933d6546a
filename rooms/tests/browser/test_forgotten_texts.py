"""Every text of the pages goes through gettext: in a pseudo-locale, which marks those that do, none is unmarked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.test import override_settings
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import Browser, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from notifications.services.mails import unsubscribe_path
from notifications.services.tasks import task_create
from rooms.selectors.invite_links import invite_token
from rooms.services.email_invitations import email_invitations_create
from rooms.services.invite_links import invite_link_create
from rooms.services.levels import membership_update
from rooms.services.posting import message_post
from rooms.services.saved_messages import reminder_set
from rooms.services.scheduled_messages import message_schedule
from rooms.services.sections import section_create
from rooms.tests.support.browsing import Place, make_place, say
from rooms.tests.support.databases import LiveDatabases
from rooms.tests.support.servers import RunningServer, TestValkey

pytestmark = pytest.mark.browser

# Where the names and texts of people are, what Intl writes, and what is the same in all languages.
SKIPPED = (
    "bdi, time, [data-time] small, code, kbd, pre, .message-body, .preview, [name$=time_zone] option:not([value=''])"
)
SCRIPTS = """globalThis.django = {
    gettext: (text) => `⟦${text}⟧`,
    ngettext: (one, many, count) => `⟦${count === 1 ? one : many}⟧`,
};"""
# Returns the texts and attributes with letters that are not between marks, in the order of the document: a text with
# elements within is marked at its two ends only.
UNMARKED = r"""([skipped, known]) => {
    const found = new Set();
    const letters = /\p{L}{2}/u;
    let depth = 0;
    const look = (text, where, keep) => {
        let level = keep ? depth : 0;
        let outside = "";
        for (const letter of text) {
            if (letter === "⟦") level += 1;
            else if (letter === "⟧") level -= 1;
            else if (level <= 0) outside += letter;
        }
        if (keep) depth = level;
        for (const word of known) outside = outside.replaceAll(word, "");
        if (letters.test(outside)) found.add(`${where}: ${outside.replace(/\s+/g, " ").trim().slice(0, 90)}`);
    };
    const walk = (node, own) => {
        if (node.nodeType === Node.TEXT_NODE) {
            if (own) look(node.data, node.parentNode.nodeName ?? "", true);
            return;
        }
        if (node.nodeType === Node.ELEMENT_NODE) {
            if (node.matches("script, style")) return;
            own = own && !node.matches(skipped);
            for (const name of ["aria-label", "title", "placeholder", "alt", "data-confirm", "data-confirm-more",
                                "data-confirm-yes", "data-copied", "aria-description", "aria-roledescription"]) {
                if (node.hasAttribute(name) && !node.matches("bdi, time, small"))
                    look(node.getAttribute(name), `${node.nodeName}[${name}]`, false);
            }
        }
        for (const child of (node.nodeName === "TEMPLATE" ? node.content : node).childNodes) walk(child, own);
    };
    walk(document.documentElement, true);
    return [...found];
}"""
# The product's name, names in the tests' data, languages by their own names, and names of types and keys.
KNOWN = ["Parlor", "alice", "bob", "The hall", "zebra", "nothing", "English", "Deutsch", "العربية", "Ctrl", "Esc"]


@pytest.fixture(scope="module")
def site(
    browser: Browser,
    live_databases: LiveDatabases,
    valkey: TestValkey,
    django_db_blocker: DjangoDbBlocker,
    collected_static: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """A server that speaks the pseudo-locale."""
    folder = settings.BASE_DIR / "rooms/tests/support/pseudo_locale"
    with django_db_blocker.unblock(), live_databases.fresh() as url:
        environment = {"DATABASE_URL": url, "REDIS_URL": valkey.url, "DATA_DIR": str(collected_static)}
        environment |= {
            "PYTHONPATH": str(folder),
            "EMAIL_URL": "consolemail://",
            "PUBLIC_URL": "http://chat.example.org",
        }
        server = RunningServer("uvicorn", environment, tmp_path_factory.mktemp("site"))
        server.start()
        yield server
        server.close()


def pseudo_page(place: Place, browser: Browser, name: str = "alice") -> Page:
    """Return a page of that user whose scripts speak the pseudo-locale, too."""
    page = place.context(browser, name).new_page()
    page.add_init_script(SCRIPTS)
    return page


def unmarked(page: Page, *known: str) -> list[str]:
    """Return what stands on the page without having been translated."""
    found: list[str] = page.evaluate(UNMARKED, [SKIPPED, [*KNOWN, *known]])
    return found


def is_there(page: Page, path: str) -> bool:
    """Open a page, and return whether it is the one that is meant, not that of a mistake in this test."""
    response = page.goto(path)
    assert response is not None
    assert (response.status in {404, 410}) == ("nothing/" in path), path
    return True


def test_no_text_of_the_pages_is_forgotten(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "zebra")
    first = message_post(by=place.bob, room=place.room, content="zebra @alice").message
    message_post(by=place.bob, room=place.room, content="zebra", reply_to=first.seq)
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    reminder_set(by=place.alice, room=place.room, seq=first.seq, remind_at=tomorrow)
    task = task_create(by=place.bob, title="zebra", assignee=place.alice, room=place.room, message=first)
    link = f"/invite/{invite_token(invite_link_create(by=place.alice, room=place.room))}/"
    with override_settings(EMAIL_CONFIGURED=True, PUBLIC_URL="http://chat.example.org"):
        email_invitations_create(by=place.alice, room=place.room, emails=["zebra@example.org"])
        email_invitations_create(by=place.alice, room=None, emails=["zebra@example.org"])
    scheduled = message_schedule(by=place.alice, room=place.room, content="zebra", send_at=tomorrow)
    work, family = (section_create(user=place.alice, name=name) for name in ("zebra", "zebras"))
    membership_update(user=place.alice, room=place.room, section=work.pk)
    unsubscribe = unsubscribe_path(place.alice)
    token = default_token_generator.make_token(place.bob)
    reset = f"/accounts/password/reset/{urlsafe_base64_encode(force_bytes(place.bob.pk))}/{token}/"
    here = place.room.get_absolute_url()
    page = pseudo_page(place, browser)
    paths = f"""
        / {here} {here}settings/ {here}notifications/ {here}files/ {here}pins/ {here}invite-links/ {here}members/
        /invite-links/ /saved/ /scheduled/ /search/ /search/?q=zebra /search/?q=nothing /people/bob/ /people/alice/
        /people/bob/card/ /accounts/profile/ /accounts/status/ /accounts/notifications/ /accounts/tokens/
        /accounts/security/
        /accounts/email/ /accounts/password/ /notifications/ /devices/ /tasks/ /tasks/{task.pk}/ /offline
        /sections/ /sections/{work.pk}/ /sections/{family.pk}/ /scheduled/{scheduled.pk}/ {here}messages/1/
        {link} /invite/nothing/ {unsubscribe} /nothing/here/
    """
    forgotten = {path: found for path in paths.split() if is_there(page, path) and (found := unmarked(page))}
    page.context.clear_cookies()
    for path in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/sent/",
        reset,
        link,
        f"{link}signup/",
        f"{link}login/",
        "/invite/nothing/",
        unsubscribe,
    ):
        assert is_there(page, path)
        forgotten |= {path: found} if (found := unmarked(page)) else {}
    assert forgotten == {}


def test_no_text_of_the_scripts_is_forgotten(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "zebras")
    page = pseudo_page(place, browser)
    page.goto(place.room.get_absolute_url())
    say(page, "zebra")
    message = page.locator(".message[data-seq]").first
    expect(message).to_be_visible()

    def look() -> None:
        assert unmarked(page) == []

    for typed in ("@", ":sm"):
        page.locator("#content").press_sequentially(typed)
        expect(page.locator("#composer [role=option]").first).to_be_visible()
        look()
        page.fill("#content", "")
    page.fill("#content", "x" * 10_000)
    page.locator("#content").press_sequentially("x")
    expect(page.locator("#composer-hint")).not_to_be_empty()
    page.keyboard.press("Enter")
    look()
    page.fill("#content", "")
    for chosen in ("remind", "task", "keys", "text", "save", "delete"):
        message.hover()
        page.locator("#message-tools [data-do=more]").click()
        page.locator(f"#message-menu [data-do={chosen}]").click()
        page.wait_for_timeout(300)  # some load a script first
        look()
        page.keyboard.press("Escape")
    for typed in ("zebra", "qqqq"):
        page.keyboard.press("Control+k")
        page.keyboard.type(typed)
        expect(page.locator("#switcher [role=option]").first).to_be_visible()
        look()
        page.keyboard.press("Escape")
    site.close()
    expect(page.locator("#trouble")).to_be_visible()
    look()
    site.start()
