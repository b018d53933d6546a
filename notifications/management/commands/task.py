"""`manage.py task`: make a task from the command line; whoever may read it is told at once."""

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
    """Makes one task, in somebody's name or in nobody's."""

    help = "Make a task and tell those who may read it."

    def add_arguments(self, parser: CommandParser) -> None:
        """The title and what else a task may have."""
        parser.add_argument("title")
        parser.add_argument("--description", default="")
        parser.add_argument("--room", metavar="NAME", help="the room it belongs to; none unless given")
        parser.add_argument("--assignee", metavar="USER", help="who is to do it")
        parser.add_argument("--by", metavar="USER", help="in whose name, and with whose rights; nobody's unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with one sentence for whatever won't do."""
        given = {name: options[name] for name in ("title", "description", "room", "assignee", "by")}
        try:
            for name, value in given.items():
                check_storable(value or "", name)
            task = self.make(**given)
        except ServiceError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"Task {task.pk} is created.")

    def make(self, *, title: str, description: str, room: str | None, assignee: str | None, by: str | None) -> Task:
        """The task. Raises ServiceError."""
        return task_create(
            by=self.person(by, "by"),
            title=title,
            description=description,
            assignee=self.person(assignee, "assignee"),
            room=self.room(room) if room is not None else None,
        )

    def person(self, user_name: str | None, option: str) -> User | None:
        """Who is named, None for nobody. Raises NotFound."""
        if user_name is None:
            return None
        try:
            return get_person(user_name)
        except NotFound as error:
            raise NotFound(f"--{option}: {error.detail}") from error

    def room(self, name: str) -> Room:
        """The room of that name. Raises NotFound, as does the service for a creator who may not read it."""
        room = Room.objects.filter(name=name).first()
        if room is None:
            raise NotFound(NO_ROOM)
        return room
