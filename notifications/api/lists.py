"""How topics and tasks are listed: in which order, and narrowed to what."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import FilterSet

from notifications.models import Task
from rooms.api.filters import GivenChoice, GivenText
from rooms.api.pagination import NAME, NUMBER, CursorPages
from rooms.errors import NotFound
from rooms.selectors.people import get_person


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
    assignee = GivenText(method="filter_assignee")
    room_name = GivenText("room__name")

    class Meta:
        model = Task
        fields: list[str] = []

    def filter_assignee(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """Those of the person of that name, none where there is no such person."""
        try:
            return queryset.filter(assignee=get_person(value))
        except NotFound:
            return queryset.none()
