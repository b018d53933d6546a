"""The pages of tasks, as the server renders them: they work without scripts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Task
from notifications.services.tasks import task_complete, task_create
from notifications.tests.support import NotificationCase
from notifications.views.task_rows import today_of
from rooms.models import Message, User
from rooms.services.members import member_remove

TITLE = re.compile(r'class="task-title"[^>]*>([^<]*)</a>')


class PageCase(NotificationCase):
    def page(self, address: str, by: User, status: int = 200) -> str:
        self.client.force_login(by)
        response = self.client.get(address)
        assert response.status_code == status
        return response.content.decode()

    def titles(self, query: str, by: User) -> list[str]:
        return TITLE.findall(self.page(f"/tasks/{query}", by))

    def post(self, address: str, by: User, **fields: str) -> Any:
        self.client.force_login(by)
        return self.client.post(address, fields)


class Listing(PageCase):
    def test_tasks_are_listed_by_person_state_and_room(self) -> None:
        for title, by, assignee, room in (
            ("Mine", self.ann, self.ben, self.tea),
            ("Taken", self.ben, self.ben, None),
            ("Given", self.ben, self.ann, self.tea),
            ("Others'", self.ann, None, self.square),
        ):
            task_create(by=by, title=title, assignee=assignee, room=room)
        done = task_create(by=self.ann, title="Done", assignee=self.ben, room=self.tea)
        task_complete(by=self.ben, task=done)
        assert self.titles("", self.ben) == self.titles("?show=mine", self.ben) == ["Taken", "Mine"]
        assert self.titles("?show=created", self.ben) == ["Given", "Taken"]
        assert self.titles("?show=all", self.ben) == ["Others&#x27;", "Given", "Taken", "Mine"]
        assert self.titles("?state=done", self.ben) == ["Done"]
        assert self.titles("?room=tea", self.ben) == ["Given", "Mine"]
        assert self.titles("?room=tea&show=mine&state=done", self.ben) == ["Done"]
        assert self.titles("?show=all", self.zed) == ["Others&#x27;", "Taken"]
        for query in ("?room=tea", "?room=nowhere", "?room=tea&message=1"):
            self.page(f"/tasks/{query}", self.zed, status=404)

    def test_open_tasks_are_in_the_order_of_their_due_dates_and_overdue_ones_are_marked(self) -> None:
        self.ben.time_zone = "Pacific/Kiritimati"  # the first place where a day begins
        self.ben.save()
        today = today_of(self.ben)
        for days in (3, None, -1, 0):
            due_on = None if days is None else today + timedelta(days=days)
            task_create(by=self.ann, title=str(days), assignee=self.ben, due_on=due_on)
        assert self.titles("", self.ben) == ["-1", "0", "3", "None"]
        page = self.page("/tasks/", self.ben)
        assert page.count("Overdue:") == 1
        for words in ("yesterday</time>", "today</time>"):
            assert words in page
        User.objects.filter(pk=self.ben.pk).update(time_zone="Pacific/Pago_Pago")  # where it is still the day before
        assert "Overdue:" not in self.page("/tasks/", self.ben)

    def test_a_task_and_its_message_lead_to_each_other(self) -> None:
        self.say("Somebody water the plants!")
        task = task_create(by=self.ben, title="Water", message=Message.objects.get())
        for address in ("/tasks/?show=created", f"/tasks/{task.pk}/", "/tasks/?room=tea&message=1"):
            assert "/rooms/tea/?message=1" in self.page(address, self.ben)
        assert "/tasks/?room=tea&amp;message=1" in self.page("/rooms/tea/", self.ann)
        assert "Open task" in self.page("/rooms/tea/", self.ann)
        task_complete(by=self.ben, task=task)
        assert "✓ Task done" in self.page("/rooms/tea/", self.ann)
        assert self.titles("?room=tea&message=1", self.ann) == ["Water"]

    def test_the_sidebar_counts_open_tasks_that_are_assigned_to_the_user(self) -> None:
        count = re.compile(r'id="sidebar-task-count">(\d+)<')
        for room in (self.tea, None):
            task_create(by=self.ann, title="x", room=room, assignee=self.ben)
        assert count.findall(self.page("/saved/", self.ben)) == ["2"]
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        assert count.findall(self.page("/saved/", self.ben)) == ["1"]
        assert count.findall(self.page("/saved/", self.ann)) == ["0"]

    def test_long_lists_have_pages(self) -> None:
        Task.objects.bulk_create([Task(title=f"n{number}", created_by=self.ann) for number in range(51)])
        first = self.page("/tasks/?show=all", self.ben)
        assert (len(TITLE.findall(first)), "show=all&amp;state=open&amp;page=2" in first) == (50, True)
        assert self.titles("?show=all&page=2", self.ben) == ["n0"]
        for page in ("0", "-1", "x", "9" * 30):
            assert len(self.titles(f"?show=all&page={page}", self.ben)) in (0, 50)

    def test_the_list_takes_a_constant_number_of_queries(self) -> None:
        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                self.page("/tasks/?show=all", self.ben)
            return len(queries)

        self.say("x")
        message = Message.objects.get()
        task_create(by=self.ann, title="x", message=message, assignee=self.ben)
        count()
        before = count()
        for number in range(10):
            user = User.objects.create_user(f"user-{number}")
            Task.objects.create(title="x", created_by=user, room=self.tea, message=message, assignee=user)
        assert count() == before

    def test_a_notification_leads_to_its_task(self) -> None:
        task = task_create(by=self.ann, title="Water", room=self.tea, assignee=self.ben)
        self.client.force_login(self.ben)
        for seq in (1, 2):  # of the new task, and of its assignment
            assert self.client.get(f"/notifications/{seq}/")["Location"] == f"/tasks/{task.pk}/"


class Changing(PageCase):
    def test_a_task_is_created_and_the_list_after_it_contains_it(self) -> None:
        fields = {"title": "Water", "description": "All.", "assignee": "@BEN", "due_on": "2027-05-01", "room": "tea"}
        response = self.post("/tasks/?room=tea", self.ann, **fields)
        task = Task.objects.get()
        assert (task.title, task.description, task.assignee, task.room) == ("Water", "All.", self.ben, self.tea)
        assert response["Location"] == f"/tasks/?show=created&room=tea#task-{task.pk}"
        assert self.titles("?show=created&room=tea", self.ann) == ["Water"]
        self.post("/tasks/", self.ann, title="Sweep", assignee="ann")
        assert self.titles("", self.ann) == ["Sweep"]

    def test_invalid_fields_are_named_and_nothing_typed_is_lost(self) -> None:
        task = task_create(by=self.ann, title="Water", room=self.tea)
        fields = {"title": "Sweep <b>", "description": "All of it.", "assignee": "ben", "due_on": "2027-05-01"}
        for address in ("/tasks/?room=tea", f"/tasks/{task.pk}/"):
            for wrong, sentence in (
                ({"title": " "}, "Enter what is to be done."),
                ({"title": "x" * 201}, "Ensure this value has at most 200 characters (it has 201)."),
                ({"assignee": "zed"}, "This person can&#x27;t read the task."),
                ({"assignee": "nobody"}, "No user named “nobody”."),
                ({"due_on": "2027-02-29"}, "There is no such date. Use a date like 2026-05-01."),
            ):
                given = fields | wrong
                response = self.post(address, self.ann, room="tea", **given)
                text = response.content.decode()
                assert (response.status_code, sentence in text) == (400, True), (address, sentence)
                for name in fields.keys() - wrong.keys():
                    assert given[name].replace("<b>", "&lt;b&gt;") in text
        assert list(Task.objects.values_list("title", "description")) == [("Water", "")]

    def test_a_task_is_changed_on_its_page(self) -> None:
        task = task_create(by=self.ann, title="Water", room=self.tea)
        address = f"/tasks/{task.pk}/"
        fields = {"title": "Plants", "description": "All.", "assignee": "ben", "due_on": "2027-05-01"}
        assert self.post(address, self.ann, **fields)["Location"] == address
        task.refresh_from_db()
        assert (task.title, task.assignee, str(task.due_on)) == ("Plants", self.ben, "2027-05-01")
        assert 'value="2027-05-01"' in self.page(address, self.ann)
        self.post(address, self.ann, title="Plants")
        task.refresh_from_db()
        assert (task.description, task.assignee, task.due_on) == ("", None, None)
        reader = self.page(address, self.ben)
        assert ('name="title"' in reader, "Delete task" in reader, "Assign to me" in reader) == (False, False, True)
        response = self.post(address, self.ben, title="Mine")
        assert (response.status_code, "can&#x27;t change it" in response.content.decode()) == (400, True)

    def test_a_task_is_taken_completed_reopened_and_deleted(self) -> None:
        task = task_create(by=self.ann, title="Water", room=self.tea)
        back = "/tasks/?room=tea"
        for action in ("take", "complete", "reopen"):
            assert self.post(f"/tasks/{task.pk}/{action}/", self.ben, next=back)["Location"] == back
            task.refresh_from_db()
            assert (task.assignee, task.state) == (self.ben, "done" if action == "complete" else "open")
        self.post(f"/tasks/{task.pk}/complete/", self.ben)
        assert "Done" in self.page("/tasks/?state=done", self.ben)
        self.post(f"/tasks/{task.pk}/delete/", self.ben)
        assert "can&#x27;t change it" in self.page("/tasks/", self.ben)
        assert self.post(f"/tasks/{task.pk}/delete/", self.ann)["Location"] == "/tasks/"
        assert not Task.objects.exists()

    def test_only_people_who_can_read_a_task_reach_it_and_no_address_leads_elsewhere(self) -> None:
        task = task_create(by=self.ann, title="Secret", room=self.tea)
        for action in ("", "take/", "complete/", "reopen/", "delete/"):
            assert self.post(f"/tasks/{task.pk}/{action}", self.zed, title="x").status_code == 404
            assert self.post(f"/tasks/{10**9}/{action}", self.zed, title="x").status_code == 404
        response = self.post(f"/tasks/{task.pk}/complete/", self.ann, next="https://example.org/")
        assert response["Location"] == "/tasks/"
        self.client.logout()
        for address in ("/tasks/", f"/tasks/{task.pk}/"):
            assert self.client.get(address)["Location"].startswith("/accounts/login/")
