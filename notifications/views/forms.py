"""The forms of the pages of tasks. Services check the same rules again; forms only report them earlier."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.services.posting import MAX_BODY_LENGTH, MAX_TITLE_LENGTH
from rooms.models import Room

NO_ROOM_CHOICE = ("", _("No room: everybody on this server sees the task"))


class TaskForm(forms.Form):
    """What can be changed of a task. Its field names are those of the services."""

    title = forms.CharField(
        label=_("Task"),
        max_length=MAX_TITLE_LENGTH,
        error_messages={"required": _("Enter what is to be done.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label=_("Details (optional)"),
        max_length=MAX_BODY_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    assignee = forms.CharField(
        label=_("Assignee (optional)"),
        max_length=151,
        required=False,
        help_text=_("A username."),
        widget=forms.TextInput(
            attrs={"data-people": "one", "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    due_on = forms.DateField(
        label=_("Due date (optional)"),
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("There is no such date. Use a date like 2026-05-01.")},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class NewTaskForm(TaskForm):
    """A new task, in one of the user's rooms or in none."""

    room = forms.ChoiceField(label=_("Room"), required=False)

    def __init__(self, *args: Any, rooms: list[tuple[Room, str]], **kwargs: Any) -> None:
        """Offer these rooms, each with its title."""
        super().__init__(*args, **kwargs)
        self.fields["room"].choices = [NO_ROOM_CHOICE, *((room.name, title) for room, title in rooms)]  # type: ignore[attr-defined]
