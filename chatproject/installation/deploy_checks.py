"""Checks that `manage.py check --deploy` runs in addition to Django's."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from chatproject.installation.public_address import public_url

NO_PUBLIC_URL = "EMAIL_URL is set but PUBLIC_URL is not: no e-mail is sent, because its links would need it."


@register(Tags.security, deploy=True)
def check_public_url(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn if mail is configured without a public address for its links."""
    if not settings.EMAIL_CONFIGURED or public_url():
        return []
    hint = "Set PUBLIC_URL to the address that people open, like https://chat.example.org."
    return [Warning(NO_PUBLIC_URL, hint=hint, id="parlor.W001")]
