"""Reading and checking the fields of a client's frame."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chatproject.realtime.sockets.socket import Frame
from rooms.errors import InvalidField, MissingField

MAX_NUMBER = 2**63 - 1  # the maximum of a database column


def text_field(frame: Frame, name: str) -> str:
    """Return a required text. Raises MissingField, InvalidField."""
    value = frame.get(name)
    if value is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": name})
    if not isinstance(value, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": name})
    return value


def number_field(frame: Frame, name: str, *, minimum: int = 0, maximum: int = MAX_NUMBER) -> int | None:
    """Return an optional whole number. Raises InvalidField."""
    value = frame.get(name)
    if isinstance(value, float) and value.is_integer():  # JSON has one type of number
        value = int(value)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum):
        sentence = _("%(field)s must be a whole number from %(minimum)d to %(maximum)d.")
        raise InvalidField(sentence, {"field": name, "minimum": minimum, "maximum": maximum})
    return value


def seq_field(frame: Frame) -> int:
    """Return the `seq` of the message that the frame is about. Raises MissingField, InvalidField."""
    seq = number_field(frame, "seq", minimum=1)
    if seq is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": "seq"})
    return seq
