"""Where people are signed in."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from rooms.models.people import User


class UserSession(models.Model):
    """A browser in which a user has signed in, in addition to Django's session, which has no such facts.

    A row may outlive its session for a while: see `rooms.selectors.user_sessions`.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="user_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=45, blank=True)  # from which it was last seen
    user_agent = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)  # to a few minutes

    def __str__(self) -> str:
        return f"of {self.user}"
