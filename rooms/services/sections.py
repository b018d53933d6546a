"""Changes the sections that people name in their list of rooms. All of their devices show it at once."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import Conflict, InvalidField, NotFound
from rooms.events import announce_room_lists
from rooms.models import Membership, Section, User
from rooms.people.names import name_key
from rooms.selectors.sections import NO_SECTION
from rooms.services.text_rules import TOO_LONG, check_line

MAX_SECTIONS = 20  # per user
MAX_NAME_LENGTH = 40  # characters
TOO_MANY = ngettext_lazy(
    "You have %(maximum)d section, the maximum.", "You have %(maximum)d sections, the maximum.", "maximum"
)


@transaction.atomic
def section_create(*, user: User, name: str) -> Section:
    """Create a section below the others.

    Raises InvalidField, or Conflict when the user has MAX_SECTIONS or one with this name.
    """
    sections = lock_sections(user)
    checked = _check_name(name, sections)
    if len(sections) >= MAX_SECTIONS:
        raise Conflict(TOO_MANY, {"maximum": MAX_SECTIONS})
    position = sections[-1].position + 1 if sections else 0
    section = Section.objects.create(user=user, name=checked, position=position)
    announce_room_lists([user.pk])
    return section


@transaction.atomic
def section_update(
    *,
    user: User,
    section_id: int,
    name: str | None = None,
    collapsed: bool | None = None,
    position: int | None = None,
) -> Section:
    """Rename one of the user's sections, collapse or expand it, or move it.

    `position` is its new place among the user's sections, from 0; a larger number than there are means the last.
    Raises InvalidField, NotFound, or Conflict when another one has this name.
    """
    sections = lock_sections(user)
    section = find_section(sections, section_id)
    if name is not None:
        section.name = _check_name(name, [other for other in sections if other is not section])
    if collapsed is not None:
        section.collapsed = collapsed
    if position is not None:
        sections.remove(section)
        sections.insert(position, section)
        for place, each in enumerate(sections):
            each.position = place
    Section.objects.bulk_update(sections, ["name", "collapsed", "position"])
    announce_room_lists([user.pk])
    return section


@transaction.atomic
def section_fill(*, user: User, section_id: int, room_names: Collection[str]) -> None:
    """Put exactly these rooms of the user into one of their sections. Others that were in it return to the list.

    Rooms that the user is not a member of are left out. Raises NotFound.
    """
    section = find_section(lock_sections(user), section_id)
    mine = Membership.objects.filter(user=user)
    mine.filter(section=section).exclude(room__name__in=room_names).update(section=None)
    mine.filter(room__name__in=room_names).update(section=section)
    announce_room_lists([user.pk])


@transaction.atomic
def section_delete(*, user: User, section_id: int) -> None:
    """Delete one of the user's sections. Its rooms return to the list. Raises NotFound."""
    find_section(lock_sections(user), section_id).delete()
    announce_room_lists([user.pk])


def lock_sections(user: User) -> list[Section]:
    """Return the user's sections in their order, which nobody else changes until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return list(Section.objects.filter(user=user))


def find_section(sections: Collection[Section], section_id: int) -> Section:
    """Return the section with this id. Raises NotFound."""
    for section in sections:
        if section.pk == section_id:
            return section
    raise NotFound(NO_SECTION)


def _check_name(name: str, others: Collection[Section]) -> str:
    if not name.strip():
        raise InvalidField(_("Enter a name."), field="name")
    line = check_line(name, "name")
    if len(line) > MAX_NAME_LENGTH:
        raise InvalidField(TOO_LONG, {"maximum": MAX_NAME_LENGTH, "length": len(line)}, field="name")
    if name_key(line) in {name_key(other.name) for other in others}:
        raise Conflict(_("You already have a section with this name."), field="name")
    return line
