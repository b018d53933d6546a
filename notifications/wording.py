"""The words of notifications: the only place that turns what is stored into sentences for a reader.

It words in the active language: that of a request, or of the person for whom something is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.models import Notification
from rooms.models import Room, User
from rooms.people.languages import language_of
from rooms.services.reminders import reminder_title

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Kind = Notification.Kind
Sentences = Mapping[str, "StrPromise"]

OTHER = _("New notification")
TITLES: Sentences = {
    Kind.MENTION: _("%(name)s mentioned you in %(room)s"),
    Kind.ROOM_MENTION: _("%(name)s mentioned everyone in %(room)s"),
    Kind.HERE_MENTION: _("%(name)s mentioned everyone who is online in %(room)s"),
    Kind.REPLY: _("%(name)s replied to you in %(room)s"),
    Kind.INVITATION: _("%(name)s invited you to %(room)s"),
    Kind.ROOM_OPENED: _("%(room)s is now public: everybody on this server can find it and read all of it"),
    Kind.SCHEDULED_FAILED: _("Your scheduled message to %(room)s was not sent"),
    Kind.REPORT: _("A message by %(name)s in %(room)s was reported"),
    Kind.REPORT_HANDLED: _("A moderator has looked at your report of %(name)s in %(room)s"),
    Kind.MUTED: _("You were muted in %(room)s: you can read, but not write"),
    Kind.TASK_CREATED: _("New task created: %(task)s"),
    Kind.TASK_ASSIGNED: _("Task assigned to you: %(task)s"),
    Kind.TASK_COMPLETED: _("Task completed: %(task)s"),
    Kind.TASK_DUE: _("Task due today: %(task)s"),
    Kind.TASK_OVERDUE: _("Task overdue: %(task)s"),
}
# Those about direct rooms, which have no title of their own.
TITLES_WITHOUT_ROOM: Sentences = {
    Kind.MENTION: _("%(name)s mentioned you"),
    Kind.ROOM_MENTION: _("%(name)s mentioned everyone"),
    Kind.HERE_MENTION: _("%(name)s mentioned everyone who is online"),
    Kind.REPLY: _("%(name)s replied to you"),
    Kind.SCHEDULED_FAILED: _("Your scheduled message was not sent"),
    Kind.REPORT: _("%(name)s was reported"),
    Kind.REPORT_HANDLED: _("A moderator has looked at your report of %(name)s"),
    Kind.MUTED: _("You were muted on this server: you can read, but not write"),
}
TITLES_WITHOUT_NAME: Sentences = {Kind.INVITATION: _("Somebody invited you to %(room)s")}
TITLES_FOR_GUESTS: Sentences = {
    Room.Guests.READ: _("%(room)s is now public: anybody can read all of it, without an account"),
    Room.Guests.WRITE: _("%(room)s is now public: anybody can read all of it and write in it, without an account"),
}
TITLES_WITHOUT_CONTENT: Sentences = {
    Kind.TASK_CREATED: _("New task created"),
    Kind.TASK_ASSIGNED: _("Task assigned to you"),
    Kind.TASK_COMPLETED: _("Task completed"),
    Kind.TASK_DUE: _("Task due today"),
    Kind.TASK_OVERDUE: _("Task overdue"),
}


def language_of_user(user: User | None) -> translation.override:
    """Return a context to word in the language of a user; for None, in that of the server."""
    return translation.override(language_of(user) if user is not None else settings.LANGUAGE_CODE)


def title_of(notification: Notification) -> str:
    """Return the title of a notification; empty if it was withdrawn."""
    kind, given = notification.kind, notification.payload or {}
    if not kind:
        return notification.title
    if kind == Kind.REMINDER:
        return reminder_title(given)
    names = {"name": given.get("display_name"), "room": given.get("room_title"), "task": given.get("task_title")}
    title = TITLES.get(kind, OTHER)
    if not names["room"]:
        title = TITLES_WITHOUT_ROOM.get(kind, title)
    if not names["name"]:
        title = TITLES_WITHOUT_NAME.get(kind, title)
    if kind == Kind.ROOM_OPENED:
        title = TITLES_FOR_GUESTS.get(str(given.get("guests")), title)
    return str(title) % names


def body_of(notification: Notification) -> str:
    """Return the text below the title; it may be empty."""
    if notification.kind == Kind.SCHEDULED_FAILED and (error := (notification.payload or {}).get("error")):
        return f"{gettext(error)}\n{notification.body}".strip()
    if notification.kind == Kind.MUTED and (until := (notification.payload or {}).get("until")):
        moment = date_format(datetime.fromisoformat(until), "SHORT_DATETIME_FORMAT")
        return f"{gettext('Until %(moment)s UTC') % {'moment': moment}}\n{notification.body}".strip()
    return notification.body


def title_without_content(notification: Notification) -> str:
    """Return a title that names people and rooms, but nothing of what was written."""
    if not notification.kind:
        return str(OTHER)
    title = TITLES_WITHOUT_CONTENT.get(notification.kind)
    return title_of(notification) if title is None else str(title)
