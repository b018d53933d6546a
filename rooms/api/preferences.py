"""How and when the requesting user is notified."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.errors import InvalidField
from rooms.models import Preferences
from rooms.selectors.preferences import preferences_for
from rooms.serializers.preferences import CLOCK_PATTERN, ChangedPreferences, PreferencesSchema
from rooms.services.moments import check_moment
from rooms.services.preferences import preferences_update
from rooms.wire import timestamp


def preferences_body(preferences: Preferences) -> dict[str, Any]:
    """The response body for preferences."""
    dnd_until = preferences.dnd_until
    return {
        "dnd_until": timestamp(dnd_until) if dnd_until and dnd_until > timezone.now() else None,
        "quiet_from": preferences.quiet_from and preferences.quiet_from.isoformat("minutes"),
        "quiet_until": preferences.quiet_until and preferences.quiet_until.isoformat("minutes"),
        "time_zone": preferences.time_zone,
        "email": preferences.email,
        "hide_content": preferences.hide_content,
        "unread_first": preferences.unread_first,
    }


def _clock(text: str, field: str) -> time:
    if not re.fullmatch(CLOCK_PATTERN.removesuffix("$"), text):
        raise InvalidField(_("Use hours and minutes, for example 22:00."), field=field)
    return time.fromisoformat(text)


@extend_schema_view(
    get=extend_schema(
        summary="Get how and when I am notified", operation_id="preferences_read", responses=PreferencesSchema
    ),
    patch=extend_schema(
        summary="Change how and when I am notified",
        description="During do-not-disturb and quiet hours nothing is sent to your devices and no e-mail; "
        "notifications are still listed. If `quiet_until` is not after `quiet_from`, it is on the next day. Your "
        "sockets that watch receive `dnd_until` in `unread`.",
        operation_id="preferences_update",
        request=ChangedPreferences,
        responses=PreferencesSchema,
    ),
)
class PreferencesView(ApiView):
    """The requesting user's preferences."""

    def get(self, request: Request) -> Response:
        """The preferences."""
        return Response(preferences_body(preferences_for(self.person)))

    def patch(self, request: Request) -> Response:
        """Change the given preferences."""
        changes = parsed(ChangedPreferences, request)
        for field in ("quiet_from", "quiet_until"):
            if changes.get(field) is not None:
                changes[field] = _clock(changes[field], field)
        if changes.get("dnd_until") is not None:
            changes["dnd_until"] = check_moment(changes["dnd_until"], "dnd_until")
        return Response(preferences_body(preferences_update(user=self.person, **changes)))
