"""Filters of the lists of rooms, people and members."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CharField
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet
from django_filters.fields import ChoiceField
from drf_spectacular.utils import extend_schema_field

from rooms.api.schema import TEXT_SCHEMA
from rooms.models import Membership, Room, User
from rooms.selectors.people import name_contains


class NotEmpty:
    """Mixin for filter fields that rejects an empty value, which django-filter would treat as "don't filter"."""

    def clean(self, value: Any) -> Any:
        """Return the value, or None if the parameter is absent. Raises ValidationError."""
        if value == "":
            raise ValidationError(_("Enter a value, or leave the parameter out."))
        return super().clean(value)  # type: ignore[misc]


class NotEmptyChoiceField(NotEmpty, ChoiceField):  # type: ignore[misc]
    """A choice."""


class NotEmptyTextField(NotEmpty, CharField):
    """A text."""


class NotEmptyChoiceFilter(ChoiceFilter):  # type: ignore[misc]
    """Filters by a choice."""

    field_class = NotEmptyChoiceField


@extend_schema_field(TEXT_SCHEMA)
class NotEmptyTextFilter(CharFilter):  # type: ignore[misc]
    """Filters by a text."""

    field_class = NotEmptyTextField


class RoomFilter(FilterSet):  # type: ignore[misc]
    """By kind, and by whether the requesting user is a member."""

    kind = NotEmptyChoiceFilter(choices=Room.Kind.choices)
    # Not a BooleanFilter, which treats any other word as "don't filter".
    mine = NotEmptyChoiceFilter(choices=[("true", _("true")), ("false", _("false"))], method="filter_mine")

    class Meta:
        model = Room
        fields: list[str] = []

    def filter_mine(self, queryset: QuerySet[Room], name: str, value: str) -> QuerySet[Room]:
        """The user's rooms, or all others."""
        return queryset.filter(my_role__isnull=value == "false")  # type: ignore[misc]  # annotated by the selector


class PersonFilter(FilterSet):  # type: ignore[misc]
    """By part of the user name or display name."""

    search = NotEmptyTextFilter(method="filter_search")

    class Meta:
        model = User
        fields: list[str] = []

    def filter_search(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """People whose user name or display name contains the text."""
        return queryset.filter(name_contains(value))


class MemberFilter(FilterSet):  # type: ignore[misc]
    """Members, by part of the user name or display name."""

    search = NotEmptyTextFilter(method="filter_search")

    class Meta:
        model = Membership
        fields: list[str] = []

    def filter_search(self, queryset: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        """Members whose user name or display name contains the text."""
        return queryset.filter(name_contains(value, "user__"))
