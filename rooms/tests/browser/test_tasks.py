"""Tasks in real browsers: from a message to its task and back, live for everybody."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from notifications.models import Task
from notifications.services.tasks import task_create
from rooms.services.posting import message_post
from rooms.tests.browser.test_accessibility import NARROW, WIDE, check_page
from rooms.tests.browser.test_message_actions import choose
from rooms.tests.support.browsing import make_place, read_all
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def test_a_task_made_from_a_message_is_found_and_completed_live_and_leads_back(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "chores")
    for number in range(60):
        message_post(by=place.bob, room=place.room, content=f"line {number}")
    read_all(place.room)
    room = place.visit(browser, "alice")
    listed = place.visit(browser, "bob", 320, "/tasks/")
    expect(listed.locator(".empty")).to_contain_text("No open tasks are assigned to you.")
    choose(room, 58, "Create task")
    room.get_by_label("Assignee").fill("bob")
    room.get_by_label("Due date").fill("2020-02-29")
    room.get_by_role("button", name="Create task").click()
    expect(room.locator("#said")).to_have_text("Task created. View")
    expect(room.locator("#message-58 .message-task-mark")).to_have_text("Open task")
    expect(listed.locator(".task-title")).to_have_text("line 57")
    expect(listed.locator(".task-overdue")).to_have_text("Overdue: Feb 29, 2020")
    expect(listed.locator("#sidebar-task-count")).to_have_text("1")
    assert listed.evaluate("document.documentElement.scrollWidth") == 320

    listed.get_by_role("button", name="Mark as done: line 57").press("Enter")
    expect(listed.locator("#said")).to_have_text("Task done.")
    expect(listed.locator(".task")).to_have_count(0)
    expect(listed.locator("#sidebar-tasks")).to_be_hidden()
    expect(room.locator("#message-58 .message-task-mark")).to_have_text("✓ Task done")

    room.get_by_role("link", name="View").click()
    expect(room.locator(".task-title")).to_have_text("line 57")
    room.get_by_role("button", name="Reopen: line 57").click()
    expect(listed.locator(".task-title")).to_have_text("line 57")
    room.get_by_role("link", name="Open message of: line 57").click()
    expect(room.locator("#message-58.message-found")).to_be_in_viewport()
    room.locator("#message-58 .message-task-mark").click()
    expect(room.locator(".task-title")).to_have_text("line 57")
    expect(room).to_have_url(re.compile(r"/tasks/\?room=chores&message=58$"))


def test_the_pages_of_tasks_are_accessible_and_work_without_scripts(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "quiet")
    task = task_create(by=place.alice, title="x" * 150, room=place.room, assignee=place.bob, due_on="2020-02-29")
    task_create(by=place.alice, title="Sweep", room=place.room)
    page = place.visit(browser, "bob", path="/tasks/?show=all", reduced_motion="reduce")
    page.get_by_text("New task").click()
    found = check_page(page, WIDE, NARROW)
    page.goto(f"/tasks/{task.pk}/")
    assert [*found, *check_page(page, WIDE, NARROW)] == []

    plain = place.visit(browser, "bob", 320, "/tasks/?room=quiet", java_script_enabled=False)
    plain.get_by_text("New task").click()
    plain.get_by_label("Task", exact=True).fill("Mop")
    plain.get_by_label("Assignee").fill("nobody")
    plain.get_by_label("Due date").fill("2027-05-01")
    plain.get_by_role("button", name="Create task").click()
    expect(plain.get_by_text("No user named “nobody”.")).to_be_visible()
    expect(plain.get_by_label("Task", exact=True)).to_have_value("Mop")
    plain.get_by_label("Assignee").fill("bob")
    plain.get_by_role("button", name="Create task").click()
    expect(plain.locator(".task:target .task-title")).to_have_text("Mop")
    plain.get_by_role("button", name="Mark as done: Mop").click()
    expect(plain.get_by_text("Task done.")).to_be_visible()
    expect(plain.locator("#main")).not_to_contain_text("Mop")
    assert Task.objects.get(title="Mop").state == "done"
