"""A pseudo-locale for a server under test: marks every text that goes through gettext with ⟦ and ⟧.

Python imports this at its start if this folder is on PYTHONPATH.
"""

from django.utils.translation.trans_real import CONTEXT_SEPARATOR, DjangoTranslation


class Marking:
    """Django's translations, marked."""

    @staticmethod
    def gettext(self: DjangoTranslation, message: str) -> str:
        """Return the text, without its context."""
        return f"⟦{message.rpartition(CONTEXT_SEPARATOR)[2]}⟧" if message else ""

    @staticmethod
    def ngettext(self: DjangoTranslation, singular: str, plural: str, number: float) -> str:
        """Return the text for this number."""
        text = singular if number == 1 else plural
        return f"⟦{text.rpartition(CONTEXT_SEPARATOR)[2]}⟧"


DjangoTranslation.gettext = Marking.gettext
DjangoTranslation.ngettext = Marking.ngettext
