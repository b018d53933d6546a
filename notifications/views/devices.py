"""The page of the browsers in which a user turned on notifications, and what it links to."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications.models import PushSubscription
from notifications.push.device_cookie import DEVICE_COOKIE, set_device_cookie
from notifications.selectors.push import MAX_FAILURES, device_digest, devices_of, get_device_of
from notifications.services.push_delivery import push_test
from notifications.services.push_subscriptions import push_public_key, push_renew, push_turn_off
from rooms.errors import InvalidField, NotFound
from rooms.views.request import SignedInRequest, act_and_notify

RENEWED = ("endpoint", "p256dh", "auth")


@never_cache
@login_required
def devices(request: SignedInRequest) -> HttpResponse:
    """The user's devices, and the button that turns notifications on or off in this browser."""
    here = device_digest(request.COOKIES.get(DEVICE_COOKIE, ""))
    found = list(devices_of(request.user))
    context = {
        "devices": found,
        "here": next((device for device in found if device.device == here), None),
        "max_failures": MAX_FAILURES,
        "public_key": push_public_key(),
    }
    return render(request, "notifications/devices.html", context)


@require_POST
@login_required
def test_device(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a notification to one of the user's devices."""
    device = _device_or_404(request, pk)
    return act_and_notify(request, lambda: push_test(device=device, user=request.user)) or redirect("devices")


@require_POST
@login_required
def remove_device(request: SignedInRequest, pk: int) -> HttpResponse:
    """Turn off notifications on one of the user's devices."""
    device = _device_or_404(request, pk)

    def act() -> str:
        push_turn_off(device=device)
        return _("%(device)s gets no more notifications.") % {"device": device.name}

    return act_and_notify(request, act) or redirect("devices")


@csrf_exempt  # the service worker knows no token; browsers send the cookie to this site's own requests only
@require_POST
def renew_device(request: HttpRequest) -> HttpResponse:
    """Note the new address of the browser that asks, whose cookie says which it is.

    That works after its session has ended, when notifications still arrive.
    """
    cookie = request.COOKIES.get(DEVICE_COOKIE, "")
    try:
        given = json.loads(request.body)
        new = {name: given[name] for name in RENEWED}
        if not all(isinstance(value, str) for value in new.values()):
            raise InvalidField(_("The keys and the address are texts."))
        known = push_renew(cookie=cookie, **new)
    except (ValueError, TypeError, KeyError, InvalidField):
        return JsonResponse({"detail": _("This is not a subscription.")}, status=400)
    response = HttpResponse(status=204 if known else 404)
    if known:
        set_device_cookie(response, cookie)
    return response


def _device_or_404(request: SignedInRequest, pk: int) -> PushSubscription:
    try:
        return get_device_of(request.user, pk)
    except NotFound as error:
        raise Http404 from error
