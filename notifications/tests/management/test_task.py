"""The command `manage.py task`."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from notifications.events import topic_stream
from notifications.models import Task
from notifications.tests.support import NotificationCase


class CommandTests(NotificationCase):
    def run_command(self, *arguments: str) -> str:
        out = StringIO()
        call_command("task", *arguments, stdout=out)
        return out.getvalue()

    def test_a_task_created_on_the_command_line_reaches_subscribers(self) -> None:
        (announcement,) = self.announced(lambda: self.run_command("Rotate the keys"))
        assert announcement.key == topic_stream.key(self.tasks_topic.pk)
        assert self.topic_titles("tasks") == ["New task created: Rotate the keys"]
        assert Task.objects.get().created_by is None

    def test_all_fields_of_a_task_can_be_given(self) -> None:
        fields = ["--description", "All.", "--room", "tea", "--assignee", "BEN", "--due", "2090-05-01", "--by", "ann"]
        said = self.run_command("Water", *fields)
        task = Task.objects.get()
        assert (task.description, task.room, task.assignee, task.created_by) == ("All.", self.tea, self.ben, self.ann)
        assert str(task.due_on) == "2090-05-01"
        assert said == f"Task {task.pk} created.\n"
        assert self.personal_titles(self.ben) == ["New task created: Water", "Task assigned to you: Water"]
        self.run_command("Sweep", "--room", "tea")
        assert self.topic_titles("tasks") == []

    def test_invalid_input_gives_one_sentence_and_creates_nothing(self) -> None:
        wrong: list[tuple[list[str], Any]] = [
            ([""], "A title can't be empty."),
            (["x" * 201], "title: Use at most 200 characters; this one has 201."),
            (["x", "--by", "half \ud800"], "by: Contains a character that can't be stored."),
            (["x", "--by", "nobody"], "--by: User not found."),
            (["x", "--assignee", "nobody"], "--assignee: User not found."),
            (["x", "--assignee", "zed", "--room", "tea"], "assignee: This person can't read the task."),
            (["x", "--due", "2026-02-30"], "--due: There is no such date."),
            (["x", "--room", "nowhere"], "Room not found."),
            (["x", "--room", "tea", "--by", "zed"], "Room not found."),
        ]
        for arguments, sentence in wrong:
            with self.subTest(arguments=arguments), pytest.raises(CommandError) as caught:
                self.run_command(*arguments)
            assert str(caught.value) == sentence
        assert not Task.objects.exists()
