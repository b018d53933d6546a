"""Why a request to another server failed. The texts are for admins, who see them next to what was requested."""


class OutgoingError(Exception):
    """A request that got no usable response."""


class Refused(OutgoingError):
    """A URL or an address that is not requested; nothing was sent."""


class TooSlow(OutgoingError):
    """The time was up."""


class Unusable(OutgoingError):
    """A response of another kind than asked for, such as an error or another media type."""
