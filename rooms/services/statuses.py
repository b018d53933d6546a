"""Set and clear what a user is doing."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField
from rooms.events import announce_signs
from rooms.markdown.emoji import qualified_emoji
from rooms.models import Status, User
from rooms.services.locking import check_not_muted
from rooms.services.moments import check_moment
from rooms.services.text_rules import TOO_LONG, check_line

MAX_STATUS_LENGTH = 100  # characters


@transaction.atomic
def status_set(*, user: User, emoji: object = "", text: object = "", until: object = None) -> Status:
    """Set a user's status: one emoji, a text or both, until a time in ISO 8601 or, for None, until it is cleared.

    Raises InvalidField, or Muted when the user is muted everywhere.
    """
    check_not_muted(user.pk)
    found = _check_emoji(emoji)
    words = _check_text(text)
    if not found and not words:
        raise InvalidField(_("Enter a status, or choose an emoji."), field="text")
    moment = None if until is None else check_moment(until, "until")
    if moment is not None and moment <= timezone.now():
        raise InvalidField(_("This time is in the past."), field="until")
    defaults = {"emoji": found, "text": words, "until": moment}
    status, _created = Status.objects.update_or_create(user=user, defaults=defaults)
    announce_signs(user)
    return status


@transaction.atomic
def status_clear(*, user: User) -> None:
    """Clear a user's status. Idempotent."""
    if Status.objects.filter(user=user).delete()[0]:
        announce_signs(user)


def _check_emoji(emoji: object) -> str:
    if not isinstance(emoji, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "emoji"})
    if not emoji.strip():
        return ""
    found = qualified_emoji(emoji.strip())
    if found is None:
        raise InvalidField(_("Use one emoji."), field="emoji")
    return found


def _check_text(text: object) -> str:
    if not isinstance(text, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "text"})
    if not text.strip():
        return ""
    line = check_line(text, "text")
    if len(line) > MAX_STATUS_LENGTH:
        raise InvalidField(TOO_LONG, {"maximum": MAX_STATUS_LENGTH, "length": len(line)}, field="text")
    return line
