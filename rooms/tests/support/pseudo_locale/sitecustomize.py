"""A pseudo-locale for a server under test: marks every text that goes through gettext with ⟦ and ⟧.

Python imports this at its start if this folder is on PYTHONPATH.
"""

from unittest.mock import patch

from django.utils.translation import trans_real
from django.utils.translation.trans_real import CONTEXT_SEPARATOR, DjangoTranslation


class PseudoTranslation(DjangoTranslation):
    """Django's translations, marked."""

    def gettext(self, message: str) -> str:
        """Return the text, without its context."""
        return f"⟦{message.rpartition(CONTEXT_SEPARATOR)[2]}⟧" if message else ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the text for this number."""
        return self.gettext(msgid1 if n == 1 else msgid2)


patch.object(trans_real, "DjangoTranslation", PseudoTranslation).start()
