"""The languages in which people are addressed."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from rooms.models import User


def user_language(user: User | AnonymousUser) -> str | None:
    """Return the language that a user has chosen, or None if they have chosen none or one that no longer exists."""
    chosen = user.language if isinstance(user, User) else ""
    return chosen if chosen in dict(settings.LANGUAGES) else None


def language_of(user: User) -> str:
    """Return the language for what is sent to a user without a request of theirs, like mails."""
    return user_language(user) or settings.LANGUAGE_CODE
