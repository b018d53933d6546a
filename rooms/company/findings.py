"""What a company says about a person."""

from __future__ import annotations

from dataclasses import dataclass, field


class CompanyError(Exception):
    """The company's sign-in did not give an answer that can be used. The text is for the log."""


class Unreachable(CompanyError):
    """It can't be asked at the moment: it does not answer, or refuses Parlor rather than the person."""


class Untrusted(CompanyError):
    """The answer is not from there, not for Parlor, or not about this sign-in."""


class Ended(CompanyError):
    """The person may not sign in there any more, or has to do it anew."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A person who may sign in. `groups` is None if they can't be read at the moment.

    `email` is empty unless the company has verified it; `claimed_email` is whatever it calls their address.
    """

    subject: str
    groups: frozenset[str] | None
    refresh_token: str = field(default="", repr=False)
    sid: str = ""
    two_step: bool = False
    user_name: str = ""
    display_name: str = ""
    email: str = ""
    claimed_email: str = ""
