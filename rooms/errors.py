"""Errors that services and selectors raise. The REST API, sockets and pages report them to the user alike."""

from typing import ClassVar

from chatproject.realtime.protocol import ErrorCode


class ServiceError(Exception):
    """An error with a sentence for the user (`detail`), an HTTP status and an error code of the protocol."""

    status: ClassVar[int]
    code: ClassVar[ErrorCode]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MissingField(ServiceError):
    """A required field is missing."""

    status = 400
    code = ErrorCode.MISSING_FIELD


class InvalidField(ServiceError):
    """The value of a field is not acceptable."""

    status = 400
    code = ErrorCode.INVALID_FIELD


class NotAuthenticated(ServiceError):
    """The request is not authenticated, or no longer."""

    status = 401
    code = ErrorCode.NOT_AUTHENTICATED


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

    def __init__(self, retry_after: float, detail: str = "You are sending too fast. Wait a moment.") -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(ServiceError):
    """The database did not answer, or the server is overloaded; a retry may succeed in a moment."""

    status = 503
    code = ErrorCode.UNAVAILABLE

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
