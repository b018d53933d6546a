"""Errors that services and selectors raise. The REST API, sockets and pages report them to the user alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from chatproject.realtime.protocol import ErrorCode
from chatproject.sentences import Sentence, SentenceError

TOO_FAST = _("You are sending too fast. Wait a moment.")
MUTED = {  # whether everywhere, and whether until a time
    (False, False): _("You are muted in this room: you can read, but not write."),
    (False, True): _("You are muted in this room until %(until)s: you can read, but not write."),
    (True, False): _("You are muted on this server: you can read, but not write."),
    (True, True): _("You are muted on this server until %(until)s: you can read, but not write."),
}


class ServiceError(SentenceError):
    """An error with a sentence for the user, an HTTP status and an error code of the protocol.

    `field` is the name of the field that the sentence is about, if a form can show it there.
    """

    status: ClassVar[int]
    code: ClassVar[ErrorCode]

    def __init__(
        self, sentence: Sentence, params: Mapping[str, Any] | None = None, *, field: str | None = None
    ) -> None:
        super().__init__(sentence, params)
        self.field = field

    def __str__(self) -> str:
        return self.detail

    @property
    def more(self) -> dict[str, Any]:
        """What programs are told besides the sentence, as JSON."""
        return {}

    @property
    def detail(self) -> str:
        """The sentence in the active language, after the name of its field."""
        return f"{self.field}: {self.sentence}" if self.field else self.sentence


class MissingField(ServiceError):
    """A required field is missing."""

    status = 400
    code = ErrorCode.MISSING_FIELD


class InvalidField(ServiceError):
    """The value of a field is not acceptable."""

    status = 400
    code = ErrorCode.INVALID_FIELD

    @classmethod
    def of(cls, error: ValidationError, field: str | None = None) -> InvalidField:
        """Return the first error of Django's validation of a value or a model; `field` is the name of its field."""
        errors = next(iter(error.error_dict.values())) if hasattr(error, "error_dict") else error.error_list
        return cls(errors[0].message, errors[0].params, field=field)


class NotAuthenticated(ServiceError):
    """The request is not authenticated, or no longer."""

    status = 401
    code = ErrorCode.NOT_AUTHENTICATED


class CodeRequired(ServiceError):
    """The password is right, but the account has two-step sign-in: a code is needed, too."""

    status = 401
    code = ErrorCode.CODE_REQUIRED


class TwoStepRequired(ServiceError):
    """This installation requires two-step sign-in, and the account or the token has none."""

    status = 403
    code = ErrorCode.TWO_STEP_REQUIRED


class NotFound(ServiceError):
    """The object does not exist, or the user may not know of it: both look the same."""

    status = 404
    code = ErrorCode.NOT_FOUND


class Conflict(ServiceError):
    """The request is not possible in the present state."""

    status = 409
    code = ErrorCode.CONFLICT


class TooLarge(ServiceError):
    """A text is longer than this installation allows."""

    status = 413
    code = ErrorCode.TOO_LARGE


class RateLimited(ServiceError):
    """The user exceeded a rate limit; another request is possible in `retry_after` seconds."""

    status = 429
    code = ErrorCode.RATE_LIMITED

    def __init__(
        self,
        retry_after: float,
        sentence: Sentence = TOO_FAST,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence, params)
        self.retry_after = retry_after


class SlowMode(ServiceError):
    """The room is in slow mode, and the user can send the next message in `retry_after` seconds."""

    status = 429
    code = ErrorCode.SLOW_MODE

    def __init__(self, retry_after: float) -> None:
        sentence = ngettext_lazy(
            "Slow mode is on. You can send the next message in %(seconds)d second.",
            "Slow mode is on. You can send the next message in %(seconds)d seconds.",
            "seconds",
        )
        super().__init__(sentence, {"seconds": math.ceil(retry_after)})
        self.retry_after = retry_after


class Muted(ServiceError):
    """A moderator has muted the user, in one room or everywhere, until a time or, for None, until they are unmuted."""

    status = 403
    code = ErrorCode.MUTED

    def __init__(self, *, everywhere: bool, until: datetime | None, reason: str) -> None:
        self.everywhere, self.until, self.reason = everywhere, until, reason
        params = {"until": f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if until else ""}
        super().__init__(MUTED[everywhere, until is not None], params)

    @property
    def sentence(self) -> str:
        """What the user is told, with the reason."""
        reason = gettext("Reason: “%(reason)s”.") % {"reason": self.reason} if self.reason else ""
        return f"{super().sentence} {reason}".rstrip()

    @property
    def more(self) -> dict[str, Any]:
        """Until when, as ISO 8601 or None, and why."""
        until = self.until.astimezone(UTC).isoformat(timespec="milliseconds") if self.until else None
        return {"until": until and until.replace("+00:00", "Z"), "reason": self.reason}


class Unavailable(ServiceError):
    """The database did not answer, or the server is overloaded; a retry may succeed in a moment."""

    status = 503
    code = ErrorCode.UNAVAILABLE

    def __init__(self, sentence: Sentence, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
