"""Sentences for people in errors, which get their language where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Sentence: TypeAlias = "_StrOrPromise"


class SentenceError(Exception):
    """An error with a sentence for people, translated with `gettext_lazy`, and the values of its placeholders.

    Services run in threads and batches that serve many people. So the text is made when it is read, in the language
    that is active then.
    """

    def __init__(self, sentence: Sentence, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self._sentence, self._params = sentence, params

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """The sentence in the active language."""
        return str(self._sentence % self._params if self._params else self._sentence)


def one_line(problem: BaseException) -> str:
    """Return the message of an exception, without line breaks and the final full stop."""
    return " ".join(str(problem).split()).rstrip(".") or type(problem).__name__
