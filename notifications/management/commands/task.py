"""`manage.py task`: create a task from the command line; the people who can read it are notified at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.models import Task
from notifications.services.tasks import task_create
from rooms.errors import NotFound, ServiceError
from rooms.models import Room, User
from rooms.selectors.people import get_person
from rooms.selectors.rooms import NO_ROOM
from rooms.services.text_rules import check_storable


class Command(BaseCommand):
    """Create a task, in the name of a user or of nobody."""

    help = "Create a task and notify the people who can read it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the title and the options."""
        parser.add_argument("title")
        parser.add_argument("--description", default="")
        parser.add_argument("--room", metavar="NAME", help="the room the task belongs to (default: none)")
        parser.add_argument("--assignee", metavar="USER", help="the user to assign the task to")
        parser.add_argument("--due", metavar="DATE", help="the due date, for example 2026-05-01 (default: none)")
        parser.add_argument(
            "--by", metavar="USER", help="the user who creates the task, with their permissions (default: nobody)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the task. Raises CommandError with one sentence if the input is invalid."""
        given = {name: options[name] for name in ("title", "description", "room", "assignee", "due", "by")}
        try:
            for name, value in given.items():
                check_storable(value or "", name)
            task = self.create_task(**given)
        except ServiceError as error:
            raise CommandError(error.detail.replace("due_on", "--due", 1)) from error
        self.stdout.write(f"Task {task.pk} created.")

    def create_task(
        self,
        *,
        title: str,
        description: str,
        room: str | None,
        assignee: str | None,
        due: str | None,
        by: str | None,
    ) -> Task:
        """Create the task and return it. Raises ServiceError."""
        return task_create(
            by=self.person(by, "by"),
            title=title,
            description=description,
            assignee=self.person(assignee, "assignee"),
            due_on=due,
            room=self.room(room) if room is not None else None,
        )

    def person(self, user_name: str | None, option: str) -> User | None:
        """The named user, or None for nobody. Raises NotFound."""
        if user_name is None:
            return None
        try:
            return get_person(user_name)
        except NotFound as error:
            raise NotFound(f"--{option}: {error.detail}") from error

    def room(self, name: str) -> Room:
        """The room with that name. Raises NotFound, as the service does if the creator can't read it."""
        room = Room.objects.filter(name=name).first()
        if room is None:
            raise NotFound(NO_ROOM)
        return room
