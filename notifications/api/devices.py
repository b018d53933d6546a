"""Devices: the browsers in which a user turned on notifications."""

from __future__ import annotations

import secrets
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.models import PushSubscription
from notifications.push.device_cookie import DEVICE_COOKIE, set_device_cookie
from notifications.selectors.push import device_digest, devices_of, get_device_of
from notifications.serializers import DeviceSchema, DevicesSchema, DeviceTestSchema, NewDevice
from notifications.services.push_delivery import push_test
from notifications.services.push_subscriptions import push_public_key, push_turn_off, push_turn_on
from rooms.api.base import ApiView, parsed
from rooms.api.schema import number_schema
from rooms.errors import Conflict
from rooms.wire import timestamp

DEVICE_PATH = {"device_id": number_schema(1)}
COOKIE_BYTES = 24


def device_body(device: PushSubscription, cookie: str) -> dict[str, Any]:
    """The response body for a device; `cookie` is that of the browser that asks."""
    return {
        "id": device.pk,
        "name": device.name,
        "here": device.device == device_digest(cookie),
        "created_at": timestamp(device.created_at),
        "last_ok_at": timestamp(device.last_ok_at) if device.last_ok_at else None,
        "failures": device.failures,
        "last_status": device.last_status,
    }


@extend_schema_view(
    get=extend_schema(
        summary="List my devices, newest first",
        description="The browsers in which you turned on notifications.",
        operation_id="devices_list",
        responses=DevicesSchema,
    ),
    post=extend_schema(
        summary="Turn on notifications in this browser",
        description="Only for browsers, with their session: signing out there turns them off again. A browser that "
        "has them already gets its new address.",
        operation_id="devices_create",
        request=NewDevice,
        responses={200: DeviceSchema, 201: DeviceSchema},
    ),
)
class DeviceListView(ApiView):
    """The requesting user's devices."""

    pagination_class = None

    def get(self, request: Request) -> Response:
        """All devices, and the key to subscribe with."""
        cookie = request.COOKIES.get(DEVICE_COOKIE, "")
        devices = [device_body(device, cookie) for device in devices_of(self.person)]
        return Response({"public_key": push_public_key(), "devices": devices})

    def post(self, request: Request) -> Response:
        """Add the browser that asks."""
        subscription = parsed(NewDevice, request)
        if request.auth is not None:
            raise Conflict(_("Turn on notifications in the browser that is to show them, while signed in there."))
        cookie = request.COOKIES.get(DEVICE_COOKIE) or secrets.token_urlsafe(COOKIE_BYTES)
        device, is_new = push_turn_on(
            user=self.person,
            cookie=cookie,
            user_agent=request.headers.get("User-Agent", ""),
            **subscription,
        )
        response = Response(device_body(device, cookie), status=201 if is_new else 200)
        set_device_cookie(response, cookie)
        return response


@extend_schema_view(
    delete=extend_schema(
        summary="Turn off notifications on a device",
        operation_id="devices_delete",
        responses={204: OpenApiResponse(description="Removed.")},
    )
)
class DeviceView(ApiView):
    """One device."""

    path_schemas = DEVICE_PATH

    def delete(self, request: Request, device_id: int) -> Response:
        """Remove it."""
        push_turn_off(device=get_device_of(self.person, device_id))
        return Response(status=204)


@extend_schema_view(
    post=extend_schema(
        summary="Send a test to a device",
        description="Answers when its push service has.",
        operation_id="devices_test",
        request=None,
        responses=DeviceTestSchema,
    )
)
class DeviceTestView(ApiView):
    """A notification that says that notifications work."""

    path_schemas = DEVICE_PATH

    def post(self, request: Request, device_id: int) -> Response:
        """Send it."""
        return Response({"detail": push_test(device=get_device_of(self.person, device_id), user=self.person)})
