"""Blocks of code in messages: copying and folding."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, expect

from rooms.services.posting import message_post
from rooms.tests.support.browsing import make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
LINES = [f"print({number})" for number in range(57)]
LONG = "\n".join(["```python", *LINES, "```"])


def height(code: Locator) -> float:
    box = code.bounding_box()
    assert box
    return box["height"]


def test_code_can_be_copied_and_long_code_unfolded(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "coding")
    message_post(by=place.bob, room=place.room, content=LONG)
    page = place.context(browser, "alice", permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.add_init_script("""window.moved = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.moved += entry.value;
    }).observe({type: "layout-shift", buffered: true})""")
    page.goto(place.room.get_absolute_url())
    expect(page.locator("#message-1 .code-copy")).to_have_count(1)
    assert page.evaluate("window.moved") < 0.001
    message_post(by=place.bob, room=place.room, content=LONG)  # this one arrives live
    message_post(by=place.bob, room=place.room, content="```\nshort\n```")
    expect(page.locator("#message-3 .code-copy")).to_have_count(1)
    expect(page.locator("#message-3 .code-more")).to_have_count(0)
    for seq in (1, 2):
        code = page.locator(f"#message-{seq} pre")
        folded = height(code)
        assert folded < 300
        more = page.locator(f"#message-{seq}").get_by_role("button", name="Show all 57 lines")
        more.press("Enter")
        assert height(code) > 2 * folded
        page.locator(f"#message-{seq}").get_by_role("button", name="Show less").press("Enter")
        assert height(code) == folded
    page.locator("#message-2").get_by_role("button", name="Copy code").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Code copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(LINES)
    plain = place.visit(browser, "alice", java_script_enabled=False)
    assert height(plain.locator("#message-1 pre")) > 2 * folded
    expect(plain.locator("#message-1 .code-more")).to_be_hidden()
