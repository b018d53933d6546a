"""The sections that people name in their list of rooms."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _

from chatproject.prepared_query import PreparedQuery
from rooms.errors import NotFound
from rooms.models import Section, User
from rooms.wire import section_wire

NO_SECTION = _("Section not found.")

_of_user = PreparedQuery(lambda user_id: Section.objects.filter(user=user_id).order_by("position", "id"))


def sections_of(user: User) -> list[Section]:
    """Return a user's sections in their order."""
    return _of_user.all(user.pk)


def get_section_for(user: User, section_id: int) -> Section:
    """Return one of a user's own sections. Raises NotFound."""
    found = Section.objects.filter(user=user, pk=section_id).first()
    if found is None:
        raise NotFound(NO_SECTION)
    return found


def sections_wire_of(user_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """Return for each of these users the wire form of their sections, in their order."""
    found: dict[int, list[dict[str, Any]]] = {user_id: [] for user_id in user_ids}
    for section in Section.objects.filter(user__in=user_ids).order_by("position", "id"):
        found[section.user_id].append(section_wire(section))
    return found
