"""How topics and tasks are listed: in which order, and narrowed to what."""

from __future__ import annotations

import django_filters

from notifications.models import Task
from rooms.api.pagination import CursorPages


class TopicPages(CursorPages):
    """Topics by name."""

    ordering = "name"


class TaskPages(CursorPages):
    """Tasks, the newest first."""

    ordering = "-id"


class TaskFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By state, by who is to do them, and by room."""

    state = django_filters.ChoiceFilter(choices=Task.State.choices)
    assignee = django_filters.CharFilter("assignee__username", lookup_expr="iexact")
    room_name = django_filters.CharFilter("room__name")

    class Meta:
        model = Task
        fields: list[str] = []
