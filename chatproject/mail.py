"""E-mails: what all of them have in common."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.crypto import salted_hmac

from chatproject.installation.public_address import public_url

MAX_SUBJECT_LENGTH = 150  # characters
JOINERS = "\u200c\u200d"  # needed for some scripts and emoji


def new_mail(
    *, to: str, subject: str, text: str, key: str, html: str = "", headers: Mapping[str, str] | None = None
) -> EmailMultiAlternatives:
    """Return a mail that is marked as sent by a program, so that automatic replies are not sent.

    Its Message-ID depends on nothing but `key`: receivers recognize by it a mail that is sent again because a process
    was killed before it noted that it had sent it.
    """
    marked = {"Message-ID": _message_id(key), "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(one_line(subject), text, to=[to], headers=marked | dict(headers or {}))
    if html:
        mail.attach_alternative(html, "text/html")
    return mail


def one_line(text: str, max_length: int = MAX_SUBJECT_LENGTH) -> str:
    """Return a text as a header can hold it: on one line, without control characters, and not too long."""
    line = " ".join("".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in text).split())
    return line if len(line) <= max_length else f"{line[: max_length - 1].rstrip()}…"


def site_name() -> str:
    """Return the public address as mails name it: without the scheme."""
    return public_url().partition("://")[2]


def _message_id(key: str) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or urlsplit(public_url()).hostname
    return f"<{salted_hmac('chatproject.mail', key, algorithm='sha256').hexdigest()[:40]}@{domain}>"
