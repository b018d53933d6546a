"""What a list of rooms can be narrowed to."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from rooms.models import Room


class RoomFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By kind, and by whether one belongs to it."""

    kind = django_filters.ChoiceFilter(choices=Room.Kind.choices)
    # Not a BooleanFilter: that takes any other word for "don't filter".
    mine = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="filter_mine")

    class Meta:
        model = Room
        fields: list[str] = []

    def filter_mine(self, queryset: QuerySet[Room], name: str, value: str) -> QuerySet[Room]:
        """The rooms one belongs to, or the others."""
        return queryset.filter(my_role__isnull=value == "false")  # type: ignore[misc]  # annotated by the selector
