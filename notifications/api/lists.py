"""Pagination and filters of the lists of topics and tasks."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import FilterSet

from notifications.models import Task
from rooms.api.filters import NotEmptyChoiceFilter, NotEmptyTextFilter
from rooms.api.pagination import NAME, NUMBER, CursorPages
from rooms.errors import NotFound
from rooms.selectors.people import get_person


class TopicPages(CursorPages):
    """Topics by name."""

    ordering = "name"
    position = NAME


class TaskPages(CursorPages):
    """Tasks, newest first."""

    ordering = "-id"
    position = NUMBER


class TaskFilter(FilterSet):  # type: ignore[misc]
    """By state, assignee and room."""

    state = NotEmptyChoiceFilter(choices=Task.State.choices)
    assignee = NotEmptyTextFilter(method="filter_assignee")
    room_name = NotEmptyTextFilter("room__name")

    class Meta:
        model = Task
        fields: list[str] = []

    def filter_assignee(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """The tasks of the user with that name; none if there is no such user."""
        try:
            return queryset.filter(assignee=get_person(value))
        except NotFound:
            return queryset.none()
