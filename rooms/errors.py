"""What a service or selector raises: an outcome that the caller is told, the same over REST, socket and page."""

from typing import ClassVar

from chatproject.realtime.protocol import ErrorCode


class ServiceError(Exception):
    """One sentence for the person who asked (`detail`), an HTTP status and a code of the protocol."""

    status: ClassVar[int]
    code: ClassVar[ErrorCode]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MissingField(ServiceError):
    """A field that must be there is not."""

    status = 400
    code = ErrorCode.MISSING_FIELD


class InvalidField(ServiceError):
    """A field holds what it may not hold."""

    status = 400
    code = ErrorCode.INVALID_FIELD


class NotAuthenticated(ServiceError):
    """Nobody knows who is asking, or no longer."""

    status = 401
    code = ErrorCode.NOT_AUTHENTICATED


class NotFound(ServiceError):
    """There is no such thing, or none that this person may know of: the two look the same."""

    status = 404
    code = ErrorCode.NOT_FOUND


class Conflict(ServiceError):
    """It can't be done in the present state of things."""

    status = 409
    code = ErrorCode.CONFLICT


class TooLarge(ServiceError):
    """A text is longer than this installation takes."""

    status = 413
    code = ErrorCode.TOO_LARGE


class RateLimited(ServiceError):
    """Somebody asks too fast; `retry_after` seconds later there is room for one more."""

    status = 429
    code = ErrorCode.RATE_LIMITED

    def __init__(self, retry_after: float, detail: str = "You are sending too fast. Wait a moment.") -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(ServiceError):
    """The database did not answer, or there is too much to do just now; the same request may succeed in a moment."""

    status = 503
    code = ErrorCode.UNAVAILABLE

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
