"""`manage.py demo`: create demo rooms, users, conversations and tasks. Running it again adds only what is missing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from chatproject.installation.demo_script import ANNOUNCEMENT, CONVERSATIONS, PEOPLE, TASKS, Conversation, DemoTask
from notifications.models import Task, Topic
from notifications.services.posting import notification_publish
from notifications.services.tasks import task_create
from notifications.services.topics import topic_create
from rooms.errors import InvalidField
from rooms.models import Room, User, UserName
from rooms.services.accounts import account_create
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add
from rooms.services.posting import message_post
from rooms.services.read_marks import read_mark_move
from rooms.services.rooms import room_create

PASSWORD = "demo-password"  # well known, hence the check of the host names
LOOPBACK = {"localhost", ".localhost", "127.0.0.1", "[::1]", "::1"}


def demo_accounts() -> list[str]:
    """The user names of demo accounts that still have the well-known password."""
    candidates = User.objects.filter(Q(username__in=PEOPLE) | Q(display_name__in=PEOPLE.values()), is_active=True)
    # Not user.check_password(), which would also upgrade an outdated hash.
    return [user.username for user in candidates.order_by("pk")[:20] if check_password(PASSWORD, user.password)]


class Command(BaseCommand):
    """Fill an installation that only this machine can reach with demo data."""

    help = f"Create demo rooms, conversations and the users alice (admin), bob, carol and dave, password {PASSWORD}."

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the demo data. Raises CommandError if other machines could use the well-known passwords."""
        public = sorted(set(settings.ALLOWED_HOSTS) - LOOPBACK)
        if public:
            raise CommandError(
                f"The demo uses well-known passwords, so it can't run on a host named {', '.join(public)}."
            )
        people = {name: self.person(name, shown, name == "alice") for name, shown in PEOPLE.items()}
        for conversation in CONVERSATIONS:
            self.create_conversation(conversation, people)
        for task in TASKS:
            self.create_task(task, people)
        self.create_topic(people["alice"])
        self.stdout.write(f"The demo is ready: sign in as {', '.join(PEOPLE)} with the password {PASSWORD}.")

    def person(self, username: str, display_name: str, is_admin: bool) -> User:
        """Get or create the user with that name; an existing account keeps its password and permissions."""
        existing = UserName.objects.accounts([username])
        if existing:
            return existing[username]
        try:
            return account_create(username=username, password=PASSWORD, display_name=display_name, is_admin=is_admin)
        except InvalidField as error:
            raise CommandError(f"{username}: {error.detail}") from error

    def create_conversation(self, conversation: Conversation, people: dict[str, User]) -> None:
        """Create the room with its members and their messages; messages that exist are not posted again."""
        members = [people[name] for name in conversation.members]
        room = self.direct_room(members) if conversation.kind == Room.Kind.DIRECT else self.room(conversation, members)
        if room.last_seq >= len(conversation.lines):
            return
        for number, (speaker, content) in enumerate(conversation.lines, start=1):
            said = message_post(by=people[speaker], room=room, content=content, client_id=f"demo-{number}")
            read_mark_move(user=people[speaker], room=room, seq=said.message.seq)

    def direct_room(self, members: list[User]) -> Room:
        """Get or create their direct room."""
        return direct_room_open(by=members[0], people=members)[0]

    def room(self, conversation: Conversation, members: list[User]) -> Room:
        """Get or create the room with its members."""
        room = Room.objects.filter(name=conversation.name).first() or room_create(
            by=members[0],
            name=conversation.name,
            title=conversation.title,
            description=conversation.description,
            kind=conversation.kind,
        )
        if room.last_seq < len(conversation.lines):
            for member in members[1:]:
                member_add(by=members[0], room=room, user=member)
        return room

    def create_task(self, task: DemoTask, people: dict[str, User]) -> None:
        """Create a task, unless it exists."""
        if not Task.objects.filter(title=task.title).exists():
            room = Room.objects.get(name=task.room_name)
            assignee = people[task.assignee] if task.assignee else None
            task_create(by=people[task.creator], title=task.title, room=room, assignee=assignee)

    def create_topic(self, staff: User) -> None:
        """Create a topic with a notification, unless it exists."""
        if not Topic.objects.filter(name="announcements").exists():
            topic = topic_create(by=staff, name="announcements", title="Announcements")
            notification_publish(by=staff, topic=topic, title=ANNOUNCEMENT)
