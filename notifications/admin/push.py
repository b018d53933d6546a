"""The Django admin of devices with notifications."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chatproject.outgoing.urls import parse_url
from notifications.models import PushSubscription
from rooms.admin.base import ServiceAdmin


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ServiceAdmin[PushSubscription]):
    """Devices, with the last answer of their push services. Deleting one turns off its notifications."""

    list_display = ("name", "user", "push_service", "last_ok_at", "failures", "last_status", "created_at")
    list_filter = ("failures", "last_ok_at", "created_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "last_status")
    # With the endpoint and the keys, anybody can send to the device.
    fields = ("name", "user", "push_service", "last_ok_at", "failures", "last_status", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: browsers add themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PushSubscription | None = None) -> bool:
        """Not allowed: there is nothing to change."""
        return False

    @admin.display(description=_("push service"), ordering="endpoint")
    def push_service(self, device: PushSubscription) -> str:
        """The host of its push service."""
        return parse_url(device.endpoint).host
