"""Topics, notifications and tasks over REST."""

from __future__ import annotations

from typing import Any

from notifications.models import Notification, Task, Topic
from notifications.services.tasks import task_create
from notifications.services.topics import topic_create
from notifications.tests.support import NotificationCase
from notifications.wire import notification_wire, task_wire
from rooms.models import User


class TopicTests(NotificationCase):
    def test_the_list_contains_topics_the_user_can_subscribe_to(self) -> None:
        topic_create(by=self.sam, name="inner", subscribers="staff", publishers="users")
        topic_create(by=self.sam, name="all", subscribers="everyone", publishers="users")
        names = [(t["name"], t["may_publish"]) for t in self.ok("GET", "topics/", by=self.ann)["results"]]
        assert names == [("all", True), ("tasks", False)]
        names = [(t["name"], t["may_publish"]) for t in self.ok("GET", "topics/", by=self.sam)["results"]]
        assert names == [("all", True), ("inner", True), ("tasks", True)]

    def test_the_list_takes_a_constant_number_of_queries(self) -> None:
        for count, wanted in ((1, 2), (18, 20)):
            for number in range(count):
                topic_create(by=self.sam, name=f"topic-{count}-{number}")
            with self.assertNumQueries(2):
                assert len(self.ok("GET", "topics/", by=self.ann)["results"]) == wanted

    def test_staff_create_change_and_delete_a_topic(self) -> None:
        body = {"name": "deploys", "title": "Deploys", "subscribers": "everyone", "publishers": "users", "version": 9}
        response = self.request("POST", "topics/", body, by=self.sam)
        assert (response.status_code, response["Location"]) == (201, "/api/topics/deploys/")
        topic = self.ok("GET", "topics/deploys/", by=self.ann)
        assert topic == response.json()
        assert (topic["version"], topic["last_seq"], topic["may_publish"]) == (0, 0, True)
        changed = self.ok("PATCH", "topics/deploys/", {"publishers": "staff"}, by=self.sam)
        assert (changed["publishers"], changed["subscribers"], changed["version"]) == ("staff", "everyone", 1)
        self.refused(409, "conflict", "POST", "topics/", {"name": "deploys"}, by=self.sam)
        self.ok("DELETE", "topics/deploys/", by=self.sam, status=204)
        self.refused(404, "not_found", "GET", "topics/deploys/", by=self.sam)
        self.refused(409, "conflict", "DELETE", "topics/tasks/", by=self.sam)

    def test_others_can_not_create_change_or_delete_topics(self) -> None:
        for method, path, body in (
            ("POST", "topics/", {"name": "mine"}),
            ("PATCH", "topics/tasks/", {"title": "Mine"}),
            ("DELETE", "topics/tasks/", None),
        ):
            self.refused(404, "not_found", method, path, body, by=self.ann)

    def test_invalid_values_are_named(self) -> None:
        self.refused(400, "missing_field", "POST", "topics/", {}, by=self.sam)
        wrong: Any
        for wrong in ("", "Big", "@ann", "a\n", "x" * 65, "a\0", 5, None):
            self.refused(400, "invalid_field", "POST", "topics/", {"name": wrong}, by=self.sam)
        for field in ("subscribers", "publishers"):
            self.refused(400, "invalid_field", "PATCH", "topics/tasks/", {field: "nobody"}, by=self.sam)


class NotificationTests(NotificationCase):
    def publish(self, body: Any, by: User | None = None, topic: str = "tasks", status: int = 201) -> Any:
        return self.ok("POST", f"topics/{topic}/publish/", body, by=by or self.sam, status=status)

    def test_published_notifications_are_listed_in_the_same_form(self) -> None:
        payload = {"build": 7, "ok": True, "parts": [1.5, None, {"a": "ü"}]}
        made = self.publish({"title": "Built", "body": "All of it.", "payload": payload, "seq": 99, "user_name": "ann"})
        assert made == notification_wire(Notification.objects.select_related("topic", "author").get())
        page = self.ok("GET", "topics/tasks/notifications/", by=self.ann)
        assert (page["notifications"], page["version"], page["more"]) == ([made], 1, False)
        assert (made["topic"], made["seq"], made["user_name"], made["payload"]) == ("tasks", 1, "sam", payload)
        assert self.publish({"title": "Bare"})["payload"] is None

    def test_pages_work_as_for_messages(self) -> None:
        for number in range(1, 6):
            self.publish({"title": f"n{number}"})
        for query, seqs, more in (
            ("limit=2", [4, 5], True),
            ("before=4&limit=2", [2, 3], True),
            ("after=3", [4, 5], False),
            ("since=1&limit=3", [2, 3, 4], True),
            ("since=5", [], False),
        ):
            page = self.ok("GET", f"topics/tasks/notifications/?{query}", by=self.ann)
            assert ([row["seq"] for row in page["notifications"]], page["more"]) == (seqs, more), query
        for query in ("limit=0", "before=x"):
            self.refused(400, "invalid_field", "GET", f"topics/tasks/notifications/?{query}", by=self.ann)
        self.refused(409, "conflict", "GET", "topics/tasks/notifications/?after=1&since=1", by=self.ann)

    def test_a_page_takes_a_constant_number_of_queries(self) -> None:
        self.ok("GET", "notifications/", by=self.ann)
        for count in (2, 18):
            for number in range(count):
                by = User.objects.create_user(f"staff-{count}-{number}", is_staff=True)
                self.publish({"title": "x"}, by=by)
                self.publish({"title": "x"}, by=by, topic="@ann")
            for path, queries in (("topics/tasks/notifications/", 3), ("notifications/", 4)):
                with self.assertNumQueries(queries):
                    assert self.ok("GET", path, by=self.ann)["notifications"]

    def test_my_notifications_are_those_on_my_own_topic(self) -> None:
        assert self.ok("GET", "notifications/", by=self.ann)["notifications"] == []
        made = self.publish({"title": "Hello Ann"}, topic="@ann")
        assert made["topic"] == "@ann"
        assert self.ok("GET", "topics/@ann/notifications/", by=self.ann)["notifications"] == [made]
        for path in ("notifications/", "notifications/?after=0"):
            assert self.ok("GET", path, by=self.ann)["notifications"] == [made | {"unread": True}]
        assert self.ok("GET", "topics/@ann/", by=self.ann)["may_publish"] is False
        assert self.ok("GET", "notifications/", by=self.ben)["notifications"] == []

    def test_a_reader_without_permission_to_publish_gets_a_clear_error(self) -> None:
        for topic in ("tasks", "@ann"):
            problem = self.refused(404, "not_found", "POST", f"topics/{topic}/publish/", {"title": "x"}, by=self.ann)
            assert problem["detail"] == "You can read this topic, but you can't publish on it."

    def test_invalid_notifications_are_rejected(self) -> None:
        self.refused(400, "missing_field", "POST", "topics/tasks/publish/", {"body": "x"}, by=self.sam)
        wrong: Any
        for wrong in (
            {"title": ""},
            {"title": 5},
            {"title": "x" * 201},
            {"title": "x\0"},
            {"title": "x", "body": 5},
            {"title": "x", "body": None},
            {"title": "x", "payload": []},
            {"title": "x", "payload": "x"},
            {"title": "x", "payload": {"a": "\0"}},
        ):
            self.refused(400, "invalid_field", "POST", "topics/tasks/publish/", wrong, by=self.sam)
        for large in ({"body": "x" * 8001}, {"payload": {"a": "x" * 16384}}):
            self.refused(413, "too_large", "POST", "topics/tasks/publish/", {"title": "x", **large}, by=self.sam)
        assert not Notification.objects.exists()


class TaskTests(NotificationCase):
    def make(self, by: User | None = None, **fields: Any) -> Any:
        return self.ok("POST", "tasks/", {"title": "Water", **fields}, by=by or self.ann, status=201)

    def test_a_task_created_over_the_api_is_announced_to_all(self) -> None:
        self.say("Who waters the plants?")
        response = self.request("POST", "tasks/", {"title": "Water", "created_by": "zed", "state": "done"}, by=self.ann)
        task = response.json()
        assert (response.status_code, response["Location"]) == (201, f"/api/tasks/{task['id']}/")
        assert task == task_wire(Task.objects.get())
        assert task == self.ok("GET", f"tasks/{task['id']}/", by=self.zed)
        assert (task["created_by"], task["state"], task["room_name"], task["seq"]) == ("ann", "open", None, None)
        assert self.topic_titles("tasks") == ["New task created: Water"]
        whole = self.make(description="All.", assignee="BEN", room_name="tea", seq=1)
        assert (whole["description"], whole["assignee"], whole["room_name"], whole["seq"]) == ("All.", "ben", "tea", 1)
        assert self.make(assignee=None, room_name=None, seq=None)["assignee"] is None

    def test_invalid_tasks_are_rejected(self) -> None:
        self.refused(400, "missing_field", "POST", "tasks/", {}, by=self.ann)
        wrong: Any
        for wrong in (
            {"title": ""},
            {"title": 5},
            {"title": "x" * 201},
            {"title": "x\0"},
            {"description": 5},
            {"assignee": 5},
            {"seq": 1},
            {"seq": "x", "room_name": "tea"},
            {"room_name": "\0"},
        ):
            self.refused(400, "invalid_field", "POST", "tasks/", {"title": "x", **wrong}, by=self.ann)
        self.refused(413, "too_large", "POST", "tasks/", {"title": "x", "description": "x" * 8001}, by=self.ann)
        for absent in ({"room_name": "nowhere"}, {"room_name": "tea", "seq": 9}):
            self.refused(404, "not_found", "POST", "tasks/", {"title": "x", **absent}, by=self.ann)
        self.refused(404, "not_found", "POST", "tasks/", {"title": "x", "assignee": "nobody"}, by=self.ann)
        body = {"title": "x", "assignee": "zed", "room_name": "tea"}
        self.refused(409, "conflict", "POST", "tasks/", body, by=self.ann)
        assert not Task.objects.exists()

    def test_the_list_is_filtered_and_paginated_by_cursor(self) -> None:
        water, sweep, mop = (self.make(title=title)["id"] for title in ("Water", "Sweep", "Mop"))
        ours = self.make(title="Ours", room_name="tea", assignee="ben")["id"]
        self.ok("POST", f"tasks/{sweep}/complete/", by=self.zed)

        def ids(query: str = "", by: User | None = None) -> list[int]:
            return [task["id"] for task in self.ok("GET", f"tasks/{query}", by=by or self.ann)["results"]]

        assert ids() == [ours, mop, sweep, water]
        assert ids("?state=done") == [sweep]
        assert ids("?assignee=Ben") == [ours]
        assert ids("?room_name=tea&state=open") == [ours]
        assert ids("?room_name=tea", by=self.zed) == ids("?room_name=nowhere", by=self.zed) == []
        page = self.ok("GET", "tasks/?limit=3", by=self.ann)
        rest = self.client.get(page["next"], headers=self.token(self.ann)).json()
        assert [task["id"] for task in page["results"] + rest["results"]] == [ours, mop, sweep, water]
        for query in ("state=lost", "assignee=%00", "limit=0", "cursor=x", "cursor=after:x", "state=", "room_name="):
            self.refused(400, "invalid_field", "GET", f"tasks/?{query}", by=self.ann)

    def test_the_list_takes_a_constant_number_of_queries(self) -> None:
        self.say("one")
        for count, wanted in ((2, 2), (18, 20)):
            for number in range(count):
                user = User.objects.create_user(f"user-{count}-{number}")
                task = self.make(by=user, assignee="ben")
                Task.objects.filter(pk=task["id"]).update(room=self.tea, message=self.tea.messages.get())
                self.ok("POST", f"tasks/{task['id']}/complete/", by=self.mo)
            with self.assertNumQueries(2):
                assert len(self.ok("GET", "tasks/", by=self.ann)["results"]) == wanted

    def test_a_task_is_changed_assigned_completed_reopened_and_deleted(self) -> None:
        path = f"tasks/{self.make(description='All.')['id']}/"
        changed = self.ok("PATCH", path, {"title": "Plants", "created_by": "zed"}, by=self.ann)
        assert (changed["title"], changed["description"], changed["created_by"]) == ("Plants", "All.", "ann")
        assert self.ok("POST", f"{path}assign/", {"assignee": "ben"}, by=self.zed)["assignee"] == "ben"
        assert self.personal_titles(self.ben) == ["Task assigned to you: Plants"]
        self.refused(400, "missing_field", "POST", f"{path}assign/", {}, by=self.zed)
        self.refused(404, "not_found", "POST", f"{path}assign/", {"assignee": "nobody"}, by=self.zed)
        done = self.ok("POST", f"{path}complete/", by=self.ben)
        assert (done["state"], done["completed_by"], done["completed_at"] is not None) == ("done", "ben", True)
        assert self.personal_titles(self.ann) == ["Task completed: Plants"]
        assert self.ok("POST", f"{path}reopen/", by=self.ben)["completed_at"] is None
        self.refused(404, "not_found", "POST", f"{path}assign/", {"assignee": None}, by=self.zed)
        assert self.ok("POST", f"{path}assign/", {"assignee": None}, by=self.ben)["assignee"] is None
        for method, body in (("PATCH", {"title": "Mine"}), ("DELETE", None)):
            self.refused(404, "not_found", method, path, body, by=self.ben)
        self.ok("DELETE", path, by=self.ann, status=204)
        self.refused(404, "not_found", "GET", path, by=self.ann)

    def test_one_request_changes_all_of_a_task(self) -> None:
        path = f"tasks/{self.make(room_name='tea')['id']}/"
        changes = {"title": "Plants", "due_on": "2028-02-29", "assignee": "BEN", "state": "done"}
        changed = self.ok("PATCH", path, changes, by=self.mo)
        assert changed.items() >= (changes | {"assignee": "ben", "completed_by": "mo"}).items()
        assert self.personal_titles(self.ben) == ["New task created: Plants", "Task assigned to you: Plants"]
        assert self.personal_titles(self.ann) == ["New task created: Plants", "Task completed: Plants"]
        assert self.ok("PATCH", path, {"due_on": None, "assignee": None}, by=self.ann)["due_on"] is None
        self.refused(409, "conflict", "PATCH", path, {"title": "x", "assignee": "zed"}, by=self.ann)
        self.refused(404, "not_found", "PATCH", path, {"assignee": "nobody"}, by=self.ann)
        wrong: Any
        for wrong in ({"due_on": "2027-02-29"}, {"due_on": "1.5.2027"}, {"due_on": 5}, {"due_on": ""}, {"state": "x"}):
            self.refused(400, "invalid_field", "PATCH", path, {"title": "x", **wrong}, by=self.ann)
        assert Task.objects.get().title == "Plants"

    def test_the_list_is_filtered_by_creator_assignee_and_due_date(self) -> None:
        soon = self.make(due_on="2027-01-01", assignee="zed")["id"]
        later = self.make(due_on="2027-01-02", by=self.zed)["id"]
        never = self.make()["id"]

        def ids(query: str) -> list[int]:
            return [task["id"] for task in self.ok("GET", f"tasks/?{query}", by=self.zed)["results"]]

        assert ids("mine=true") == [soon]
        assert ids("mine=false") == [never, later]
        assert ids("created_by=zed") == [later]
        assert ids("due_before=2027-01-02") == [soon]
        for query in ("mine=x", "due_before=2027-02-29", "due_before=", "created_by="):
            self.refused(400, "invalid_field", "GET", f"tasks/?{query}", by=self.zed)

    def test_a_message_has_the_number_of_its_open_tasks(self) -> None:
        self.say("Water and sweep!")

        def shown() -> Any:
            (message,) = self.ok("GET", "rooms/tea/messages/", by=self.ann)["messages"]
            return message.get("open_tasks")

        assert shown() is None
        water, sweep = (self.make(room_name="tea", seq=1, title=title)["id"] for title in ("Water", "Sweep"))
        assert shown() == 2
        self.ok("POST", f"tasks/{water}/complete/", by=self.ben)
        assert shown() == 1
        self.ok("PATCH", f"tasks/{sweep}/", {"state": "done"}, by=self.ann)
        assert shown() == 0
        for task in (water, sweep):
            self.ok("DELETE", f"tasks/{task}/", by=self.ann, status=204)
        assert shown() is None


TOPIC_OPERATIONS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PATCH", "", {"title": "Mine"}),
    ("PATCH", "", {"title": 5}),
    ("DELETE", "", None),
    ("PUT", "", {}),
    ("OPTIONS", "", None),
    ("GET", "notifications/", None),
    ("GET", "notifications/?since=0", None),
    ("GET", "notifications/?before=x", None),
    ("POST", "publish/", {"title": "x"}),
    ("POST", "publish/", {}),
]
TASK_OPERATIONS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PATCH", "", {"title": "Mine"}),
    ("PATCH", "", {"title": 5}),
    ("DELETE", "", None),
    ("PUT", "", {}),
    ("OPTIONS", "", None),
    ("POST", "assign/", {"assignee": "ann"}),
    ("POST", "assign/", {"assignee": "nobody"}),
    ("POST", "assign/", {}),
    ("POST", "complete/", None),
    ("POST", "reopen/", None),
]


class AccessTests(NotificationCase):
    """Users without access to a topic or task get the same answers as for one that does not exist."""

    task: Task

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        topic_create(by=cls.sam, name="inner", subscribers="staff", publishers="users")
        cls.task = task_create(by=cls.ann, title="Secret", room=cls.tea)

    def state(self) -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (Topic, Notification, Task)]

    def assert_same_answers(self, real: str, absent: str, operations: list[Any], user: User | None) -> None:
        before = self.state()
        for method, path, body in operations:
            with self.subTest(method=method, path=path, body=body, user=user):
                one = self.request(method, f"{real}/{path}", body, by=user)
                other = self.request(method, f"{absent}/{path}", body, by=user)
                self.assert_same_answer(one, other)
                self.assertIn(one.status_code, {400, 401, 404, 405})
        assert self.state() == before

    def test_a_staff_topic_does_not_exist_for_others(self) -> None:
        for user in (None, self.ann):
            self.assert_same_answers("topics/inner", "topics/nowhere", TOPIC_OPERATIONS, user)

    def test_a_personal_topic_does_not_exist_for_others(self) -> None:
        for user in (None, self.ben):
            self.assert_same_answers("topics/@ann", "topics/@nobody", TOPIC_OPERATIONS, user)
        reading = [operation for operation in TOPIC_OPERATIONS if "publish" not in operation[1]]
        self.assert_same_answers("topics/@ann", "topics/@nobody", reading, self.sam)

    def test_a_private_rooms_task_does_not_exist_for_non_members(self) -> None:
        for user in (None, self.zed, self.sam):
            self.assert_same_answers(f"tasks/{self.task.pk}", f"tasks/{10**9}", TASK_OPERATIONS, user)
        self.ann.is_active = False
        self.ann.save()
        self.assert_same_answers(f"tasks/{self.task.pk}", f"tasks/{10**9}", TASK_OPERATIONS, self.ann)

    def test_creating_a_task_in_a_private_room_fails_as_in_an_unknown_room(self) -> None:
        for body in ({"title": "x"}, {"title": "x", "seq": 1}, {"title": "x", "assignee": "ann"}):
            real = self.request("POST", "tasks/", {**body, "room_name": "tea"}, by=self.zed)
            absent = self.request("POST", "tasks/", {**body, "room_name": "nowhere"}, by=self.zed)
            assert (real.status_code, real.content) == (absent.status_code, absent.content)
            assert real.status_code == 404

    def test_lists_require_authentication(self) -> None:
        for path in ("topics/", "notifications/", "tasks/"):
            self.refused(401, "not_authenticated", "GET", path)

    def test_an_unknown_address_is_not_found(self) -> None:
        for path in ("topics", "topics/tasks/nothing/", "tasks/x/", f"tasks/{'9' * 50}/", "tasks/1/nothing/"):
            self.refused(404, "not_found", "GET", path, by=self.ann)
