"""How sizes of files are written for people."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

UNITS = ((10**3, _("%(number)s kB")), (10**6, _("%(number)s MB")), (10**9, _("%(number)s GB")))


def file_size(size: int) -> str:
    """Return a number of bytes as text, such as "12 kB" or "1.2 MB". static/js/file_size.js does the same."""
    if size < 1000:
        return ngettext("%(count)s byte", "%(count)s bytes", size) % {"count": size}
    unit, text = next((each for each in UNITS if size < each[0] * 1000 - each[0] // 2), UNITS[-1])
    tenths = (size * 10 + unit // 2) // unit
    if tenths < 100:
        return text % {"number": number_format(Decimal(tenths) / 10, 1)}
    return text % {"number": (size + unit // 2) // unit}
