"""The room page in a real browser, against a real server: two people, two browsers."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from rooms.models import Message, Reaction, Room, User
from rooms.services.accounts import account_create
from rooms.services.members import member_join
from rooms.services.messages import message_edit
from rooms.services.posting import message_post
from rooms.services.reactions import reaction_add
from rooms.services.rooms import room_delete
from rooms.tests.support.browsing import PASSWORD, Place, bodies, body, make_place, read_all, say
from rooms.tests.support.servers import RunningServer
from rooms.tests.support.uploading import uploaded

pytestmark = pytest.mark.browser
HOSTILE = [
    "<script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1">',
    "[link](javascript:window.hacked=1) [data](data:text/html,<script>window.hacked=1</script>)",
    '<svg onload="window.hacked = 1"><a href="javascript:window.hacked=1">x</a></svg>',
    '![x](x"onerror="window.hacked=1) ![x](javascript:window.hacked=1)',
    '"><iframe srcdoc="<script>parent.hacked = 1</script>">',
    "[a](JaVaScRiPt:window.hacked=1) [b](&#106;avascript:window.hacked=1) [c](java&#10;script:window.hacked=1)",
    """[x](https://a.example/"onmouseover="window.hacked=1 'x" onfocus="window.hacked=1') <https://a/" onclick="x>""",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hacked=1>",
    '```"><script>window.hacked=1</script>\n</code></pre><script>window.hacked=1</script>\n```',
    "</textarea></template><script>window.hacked=1</script><template><img src=x onerror=window.hacked=1>",
    """'-window.hacked=1-' {{constructor.constructor("window.hacked=1")()}} ${window.hacked=1}""",
    '<details open ontoggle="window.hacked=1"><style>@import "x"</style><base href="//a.example/">',
    '| <img src=x onerror="window.hacked=1"> | [x](vbscript:window.hacked=1) |\n|-|-|\n| @<b onclick="x"> | `<i>` |',
]
FORBIDDEN = (
    "script, iframe, style, base, form form, img[src='x'], [onerror], [onload], [onclick], [onmouseover], [ontoggle]"
)


numbers = itertools.count()


@pytest.fixture
def a_room(site: RunningServer) -> Place:
    """A separate room on the server that the tests of this module share."""
    return make_place(site, f"hall-{next(numbers)}")


def test_two_people_see_each_other_live(a_room: Place, browser: Browser) -> None:
    alice, bob = a_room.visit(browser, "alice"), a_room.visit(browser, "bob", width=360)
    say(alice, "hello **Bob**")
    expect(bob.locator(".message-body strong")).to_have_text("Bob")
    say(bob, "hello Alice")
    expect(body(alice, "hello Alice")).to_have_count(1)
    assert bodies(alice) == bodies(bob) == ["hello Bob", "hello Alice"]
    assert "message-own" in (alice.locator(".message").first.get_attribute("class") or "")


def test_a_sent_message_is_shown_before_the_server_has_it(a_room: Place, browser: Browser) -> None:
    page = a_room.visit(browser, "alice")
    page.context.set_offline(True)
    say(page, "at once")
    expect(page.locator(".message-pending")).to_have_text(re.compile("at once"))
    assert page.input_value("#content") == ""


def test_no_message_is_lost_or_duplicated_when_the_server_is_killed(place: Place, browser: Browser) -> None:
    alice, bob = place.visit(browser, "alice"), place.visit(browser, "bob")
    say(alice, "before")
    expect(body(bob, "before")).to_have_count(1)
    bob.type("#content", "half a sen")
    place.server.kill9()
    for text in ("while away 1", "while away 2"):
        say(alice, text)
    expect(alice.locator("#trouble")).to_be_visible()
    place.server.start()
    bob.type("#content", "tence")
    bob.press("#content", "Enter")
    for page in (alice, bob):
        for text in ("while away 1", "while away 2", "half a sentence"):
            expect(body(page, text)).to_have_count(1, timeout=20_000)
        expect(page.locator(".message-pending")).to_have_count(0)
        expect(page.locator("#trouble")).to_be_hidden()
    expected = list(Message.objects.order_by("seq").values_list("content", flat=True))
    assert sorted(expected) == ["before", "half a sentence", "while away 1", "while away 2"]
    assert expected.index("while away 1") < expected.index("while away 2")
    assert bodies(alice) == bodies(bob) == expected


def test_drafts_and_unsent_messages_survive_a_reload_and_are_sent_once(a_room: Place, browser: Browser) -> None:
    page = a_room.visit(browser, "alice")
    expect(page.locator("#composer")).to_be_visible()
    page.evaluate(
        """name => localStorage.setItem("parlor:outbox:alice:one", JSON.stringify(
            {client_id: "one", room_name: name, content: "from before", at: Date.now()}))""",
        a_room.room.name,
    )
    page.type("#content", "not yet said")
    page.reload()
    expect(body(page, "from before")).to_have_count(1)
    expect(page.locator(".message-pending")).to_have_count(0)
    assert page.input_value("#content") == "not yet said"
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('outbox')).length") == 0
    assert Message.objects.filter(room=a_room.room).count() == 1


def test_a_rejected_message_offers_retry_and_keeps_its_text(a_room: Place, browser: Browser) -> None:
    page = a_room.visit(browser, "alice")
    page.evaluate(
        """name => localStorage.setItem("parlor:outbox:alice:one", JSON.stringify(
            {client_id: "one", room_name: name, content: "x".repeat(9000), at: Date.now()}))""",
        a_room.room.name,
    )
    page.reload()
    expect(page.locator(".message-failed")).to_contain_text("Not sent.")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".message-failed")).to_contain_text("Not sent.")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".message")).to_have_count(0)


def test_a_reader_further_up_is_not_moved_and_sees_the_number_of_new_messages(a_room: Place, browser: Browser) -> None:
    for number in range(60):
        message_post(by=a_room.bob, room=a_room.room, content=f"line {number}")
    read_all(a_room.room)
    alice, bob = a_room.visit(browser, "alice"), a_room.visit(browser, "bob")
    alice.evaluate("document.getElementById('scroller').scrollTop = -900")
    alice.wait_for_timeout(300)
    before = alice.locator("#message-40").bounding_box()
    say(bob, "news 1")
    say(bob, "news 2")
    expect(alice.locator("#newer")).to_have_text("2 new messages")
    after = alice.locator("#message-40").bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 1
    alice.locator("#newer").click()
    expect(body(alice, "news 2")).to_be_in_viewport()
    expect(alice.locator("#newer")).to_be_hidden()


def test_edits_and_deletions_are_shown_to_others_at_once(a_room: Place, browser: Browser) -> None:
    alice, bob = a_room.visit(browser, "alice"), a_room.visit(browser, "bob")
    say(alice, "a tpyo")
    expect(body(bob, "a tpyo")).to_have_count(1)
    expect(alice.locator(".message-pending")).to_have_count(0)
    alice.press("#content", "ArrowUp")
    expect(alice.locator("#content")).to_have_value("a tpyo")
    say(alice, "a typo")
    expect(body(bob, "a typo")).to_have_count(1)
    expect(bob.locator(".message-edited-mark")).to_be_visible()
    alice.locator(".message-own").hover()
    alice.get_by_role("button", name="More about this message").click()
    alice.get_by_role("menuitem", name="Delete").click()
    alice.locator("#confirm-delete").get_by_role("button", name="Delete").click()
    expect(bob.locator(".message-tombstone")).to_be_visible()
    assert bodies(bob) == [""]


def test_a_removed_member_sees_it_at_once(a_room: Place, browser: Browser) -> None:
    alice, bob = a_room.visit(browser, "alice"), a_room.visit(browser, "bob")
    expect(bob.locator("#composer")).to_be_visible()
    bob.fill("#content", "half a thought")
    alice.get_by_label("Actions for bob").click()
    alice.get_by_role("button", name="Remove…").click()
    expect(alice.get_by_text("Remove bob from this room?")).to_be_visible()
    assert a_room.room.memberships.count() == 2
    alice.get_by_role("button", name="Remove", exact=True).click()
    expect(alice.get_by_text("bob was removed from the room.")).to_be_visible()
    expect(bob.get_by_text("You are no longer in this room.")).to_be_visible()
    expect(bob.locator("#composer")).to_be_hidden()
    expect(bob.locator("#scroller")).to_be_focused()
    expect(bob.get_by_label("Your unsent message")).to_have_value("half a thought")
    member_join(user=a_room.bob, room=a_room.room)
    bob.reload()
    expect(bob.locator("#content")).to_have_value("half a thought")
    expect(bob.get_by_label("Your unsent message")).to_be_hidden()
    expect(bob.locator("#here")).to_have_text("2 here")
    room_delete(by=a_room.alice, room=a_room.room)
    expect(bob.get_by_text("This room was deleted.")).to_be_visible()
    expect(bob.get_by_label("Your unsent message")).to_have_value("half a thought")
    expect(bob.get_by_text("You are no longer in this room.")).to_be_hidden()


def test_previewing_a_public_room_does_not_join_it(a_room: Place, browser: Browser) -> None:
    account_create(username="carol", password=PASSWORD)
    page = a_room.visit(browser, "carol")
    expect(page.get_by_text("You're previewing this room")).to_be_visible()
    page.get_by_role("button", name="Join The hall").click()
    expect(page.locator("#composer")).to_be_visible()
    assert a_room.room.memberships.count() == 3


def test_hostile_text_does_not_run(place: Place, browser: Browser) -> None:
    User.objects.filter(username="alice").update(display_name=HOSTILE[1])
    Room.objects.update(title=HOSTILE[0], description=HOSTILE[1], guests="write")
    complaints: list[str] = []

    def record(line: ConsoleMessage) -> None:
        if "Content Security" in line.text:
            complaints.append(line.text)

    def listen(page: Page) -> Page:
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("console", record)
        return page

    for text in HOSTILE:
        message_post(by=place.bob, room=place.room, content=text)
    for seq, text in enumerate(HOSTILE, start=1):
        message_post(by=place.alice, room=place.room, content=text, reply_to=seq)
    # HTML that the server would reject, as if it had arrived in some other way.
    odd = Message.objects.get(seq=1)
    Reaction.objects.create(message=odd, user=place.bob, emoji=HOSTILE[1][:32])
    Message.objects.filter(seq=2).update(guest=True, author=None, user_name=HOSTILE[1])
    read_all(place.room)
    alice, bob = listen(place.visit(browser, "alice")), listen(place.visit(browser, "bob"))
    for text in HOSTILE:
        say(alice, text)
    expect(bob.locator(".message")).to_have_count(3 * len(HOSTILE))
    for seq in (1, 2):
        message_edit(by=place.alice, room=place.room, seq=len(HOSTILE) + seq, content=HOSTILE[1])
        bob.locator(f"#message-{seq}").focus()
        bob.keyboard.press("Enter")
        bob.get_by_role("menuitem", name="Create task").click()
        bob.locator("#make-task").get_by_role("button", name="Cancel").click()
    for page in (alice, bob):
        expect(page.locator(".message-pending")).to_have_count(0)
        for address in (
            None,
            "/rooms/hall/?message=3",
            f"/rooms/hall/?message={HOSTILE[0]}",
            "/",
            "/rooms/hall/settings/",
        ):
            if address:
                page.goto(address)
            assert page.evaluate("window.hacked") is None
            assert page.locator(f"main :is({FORBIDDEN})").count() == 0
            links = page.eval_on_selector_all("main a", "all => all.map(link => link.protocol)")
            assert set(links) <= {"http:", "https:", "mailto:", ":"}
    assert complaints == []


def test_hostile_text_does_not_run_in_the_admin_or_as_the_name_of_a_file(a_room: Place, browser: Browser) -> None:
    alice, room = a_room.alice, a_room.room
    names = [f"{text}.txt".replace("/", "") for text in HOSTILE]
    files = [uploaded(alice, room, b"hello", name) for name in names[: settings.MAX_FILES_PER_MESSAGE]]
    message = message_post(by=alice, room=room, content="", attachment_ids=[file.public_id for file in files]).message
    for text in HOSTILE:
        message_post(by=alice, room=room, content=text)
    User.objects.filter(pk=alice.pk).update(display_name=HOSTILE[1])
    Room.objects.filter(pk=room.pk).update(title=HOSTILE[0], description=HOSTILE[1])
    complaints: list[str] = []

    def record(line: ConsoleMessage) -> None:
        if "Content Security" in line.text:
            complaints.append(line.text)

    page = a_room.visit(browser, "alice")
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("console", record)
    addresses = [room.get_absolute_url(), f"{room.get_absolute_url()}files/"]
    for model, row in (("message", message), ("room", room), ("user", alice), ("attachment", files[0])):
        addresses += [f"/admin/rooms/{model}/", f"/admin/rooms/{model}/{row.pk}/change/"]
    for address in addresses:
        response = page.goto(address)
        assert response is not None
        assert response.status == 200, address
        assert page.evaluate("window.hacked") is None, address
        assert page.locator("iframe, base, form form, img[src='x'], [onerror], [onload], [onclick]").count() == 0
        links = page.eval_on_selector_all("a[href]", "all => all.map(link => link.protocol)")
        assert set(links) <= {"http:", "https:", "mailto:"}, address
    assert complaints == []


def test_links_open_in_a_new_tab_and_long_ones_are_shortened(a_room: Place, browser: Browser) -> None:
    long = "https://a.example/" + "b" * 100 + "/the-end"
    here = f"{a_room.server.url}/rooms/x/"
    message_post(by=a_room.bob, room=a_room.room, content=f"{long} {here}")
    page = a_room.visit(browser, "alice")
    say(page, f"live: {long} {here}")
    expect(page.locator(".message-body a")).to_have_count(4)
    for message in page.locator(".message").all():
        away, home = message.locator(".message-body a").all()
        assert (away.get_attribute("target"), home.get_attribute("target")) == ("_blank", None)
        assert "noopener" in (away.get_attribute("rel") or "")
        assert away.get_attribute("href") == away.get_attribute("title") == away.text_content() == long
        copied = "link => { getSelection().selectAllChildren(link); return getSelection().toString(); }"
        assert away.evaluate(copied) == long
        middle = away.locator(".link-middle").bounding_box()
        assert middle is not None
        assert middle["width"] < 1
        assert away.locator(".link-tail").inner_text().endswith("/the-end")
        assert home.text_content() == here


def test_a_mention_is_not_split_in_right_to_left_text(a_room: Place, browser: Browser) -> None:
    message_post(by=a_room.alice, room=a_room.room, content="שלום @bob שלום")
    page = a_room.visit(browser, "alice")
    places = page.locator(".mention").evaluate(
        """mention => [0, 1].map(at => {
          const range = document.createRange();
          range.setStart(mention.firstChild, at);
          range.setEnd(mention.firstChild, at + 1);
          return range.getBoundingClientRect().left;
        })"""
    )
    assert places[0] < places[1], "the @ stands to the right of the name"


def test_no_page_scrolls_sideways(place: Place, browser: Browser) -> None:
    long = "x" * 300
    User.objects.filter(username="bob").update(display_name="y" * 80)
    place.bob.refresh_from_db()
    wide = f"{long}\n\n```\n{long}\n```\n\n| a | {long} |\n|-|-|\n\n> https://example.com/{long}"
    for by in (place.alice, place.bob):
        message_post(by=by, room=place.room, content=wide, reply_to=1 if place.room.last_seq else None)
        place.room.refresh_from_db()
    for emoji in "😀😁😂😃😄😅😆😇😈😉":
        reaction_add(by=place.bob, room=place.room, seq=1, emoji=emoji)
    for width in (320, 360, 1280):
        page = place.visit(browser, "alice", width=width)
        for address in ("/rooms/hall/", "/", "/rooms/hall/settings/", "/accounts/password/"):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
            for part in page.locator(".log-scroller, .message, .message-bubble").all():
                assert part.evaluate("part => part.scrollWidth <= part.clientWidth + 2"), (part, width)
        page.context.close()


def test_people_in_the_room_are_shown_live(
    server_factory: Callable[..., RunningServer], collected_static: Path, browser: Browser
) -> None:
    place = make_place(server_factory(env={"PRESENCE_GRACE_SECONDS": "1", "DATA_DIR": str(collected_static)}))
    alice = place.visit(browser, "alice")
    here = alice.locator(".member[data-online]")
    expect(here).to_have_count(1)
    expect(alice.locator("#here")).to_have_text("1 here")
    bob = place.visit(browser, "bob")
    expect(here).to_have_count(2)
    expect(alice.locator("#here")).to_have_text("2 here")
    expect(alice.locator(".member[data-user=bob]")).to_contain_text("online")
    bob.context.close()
    expect(here).to_have_count(1)
