"""What a list of rooms can be narrowed to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CharField
from django_filters import CharFilter, ChoiceFilter, FilterSet
from django_filters.fields import ChoiceField
from drf_spectacular.utils import extend_schema_field

from rooms.api.schema import TEXT_FORM
from rooms.models import Membership, Room, User
from rooms.selectors.people import name_contains


class Given:
    """Of a filter's field: refuses an empty value, which the library takes for "don't filter"."""

    def clean(self, value: Any) -> Any:
        """The value, None when the query has none. Raises ValidationError."""
        if value == "":
            raise ValidationError("Enter a value, or leave the parameter out.")
        return super().clean(value)  # type: ignore[misc]


class GivenChoiceField(Given, ChoiceField):  # type: ignore[misc]
    """One of several words."""


class GivenTextField(Given, CharField):
    """Some text."""


class GivenChoice(ChoiceFilter):  # type: ignore[misc]
    """By one of several words."""

    field_class = GivenChoiceField


@extend_schema_field(TEXT_FORM)
class GivenText(CharFilter):  # type: ignore[misc]
    """By some text."""

    field_class = GivenTextField


class RoomFilter(FilterSet):  # type: ignore[misc]
    """By kind, and by whether one belongs to it."""

    kind = GivenChoice(choices=Room.Kind.choices)
    # Not a BooleanFilter: that takes any other word for "don't filter".
    mine = GivenChoice(choices=[("true", "true"), ("false", "false")], method="filter_mine")

    class Meta:
        model = Room
        fields: list[str] = []

    def filter_mine(self, queryset: QuerySet[Room], name: str, value: str) -> QuerySet[Room]:
        """The rooms one belongs to, or the others."""
        return queryset.filter(my_role__isnull=value == "false")  # type: ignore[misc]  # annotated by the selector


class PersonFilter(FilterSet):  # type: ignore[misc]
    """By a part of the user name or display name."""

    search = GivenText(method="filter_search")

    class Meta:
        model = User
        fields: list[str] = []

    def filter_search(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Those who are name_contains so."""
        return queryset.filter(name_contains(value))


class MemberFilter(FilterSet):  # type: ignore[misc]
    """Likewise, of members."""

    search = GivenText(method="filter_search")

    class Meta:
        model = Membership
        fields: list[str] = []

    def filter_search(self, queryset: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        """Those who are name_contains so."""
        return queryset.filter(name_contains(value, "user__"))
