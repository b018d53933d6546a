"""Pagination and filters of the lists of topics and tasks."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.forms import DateField
from django_filters import DateFilter, FilterSet
from drf_spectacular.utils import extend_schema_field

from notifications.models import Task
from notifications.services.tasks import DATE_PATTERN
from rooms.api.filters import NotEmpty, NotEmptyChoiceFilter, NotEmptyTextFilter
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


class NotEmptyDateField(NotEmpty, DateField):
    """A date."""


@extend_schema_field({"type": "string", "format": "date", "pattern": DATE_PATTERN})
class NotEmptyDateFilter(DateFilter):  # type: ignore[misc]
    """Filters by a date."""

    field_class = NotEmptyDateField


class TaskFilter(FilterSet):  # type: ignore[misc]
    """By state, assignee, creator, room and due date."""

    state = NotEmptyChoiceFilter(choices=Task.State.choices)
    mine = NotEmptyChoiceFilter(
        choices=[("true", "true"), ("false", "false")], method="filter_mine", help_text="Whether assigned to you."
    )
    assignee = NotEmptyTextFilter(method="filter_person")
    created_by = NotEmptyTextFilter(method="filter_person")
    room_name = NotEmptyTextFilter("room__name")
    due_before = NotEmptyDateFilter("due_on", lookup_expr="lt", help_text="A date: only tasks due before it.")

    class Meta:
        model = Task
        fields: list[str] = []

    def filter_mine(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """The tasks that are assigned to the requesting user, or all others."""
        mine = Q(assignee=self.request.user.pk)
        return queryset.filter(mine if value == "true" else ~mine)

    def filter_person(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """The tasks of the user with that name; none if there is no such user."""
        try:
            return queryset.filter(**{name: get_person(value)})
        except NotFound:
            return queryset.none()
