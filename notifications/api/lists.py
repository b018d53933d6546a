"""How topics and tasks are listed: in which order, and narrowed to what."""

from __future__ import annotations

from django_filters import FilterSet

from notifications.models import Task
from rooms.api.filters import GivenChoice, GivenText
from rooms.api.pagination import NAME, NUMBER, CursorPages


class TopicPages(CursorPages):
    """Topics by name."""

    ordering = "name"
    position = NAME


class TaskPages(CursorPages):
    """Tasks, the newest first."""

    ordering = "-id"
    position = NUMBER


class TaskFilter(FilterSet):  # type: ignore[misc]
    """By state, by who is to do them, and by room."""

    state = GivenChoice(choices=Task.State.choices)
    assignee = GivenText("assignee__username", lookup_expr="iexact")
    room_name = GivenText("room__name")

    class Meta:
        model = Task
        fields: list[str] = []
