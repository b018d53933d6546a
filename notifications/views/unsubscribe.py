"""The page behind the link in mails that ends them, without signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from notifications.services.mails import user_to_unsubscribe
from rooms.models import Preferences
from rooms.selectors.preferences import preferences_for
from rooms.services.preferences import preferences_update

WISHES = {Preferences.Email.MISSED.value, Preferences.Email.DAILY.value}


@csrf_exempt  # mail programs send the POST (RFC 8058); the link itself proves that it was in a mail to the user
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End the user's mails on POST, or with `email` in it, send them again. GET only asks: mail scanners open links."""
    user = user_to_unsubscribe(token)
    if user is None:
        return render(request, "mails/unsubscribe.html", {"invalid": True}, status=404)
    before = preferences_for(user).email
    after = before
    if request.method == "POST":
        wish = request.POST.get("email")
        after = wish if wish in WISHES else Preferences.Email.OFF.value
        if after != before:
            preferences_update(user=user, email=after)
    context = {
        "person": user,
        "email": after,
        "changed": after != before,
        # What "Undo" sends: what they had before, if this request has ended it.
        "undo": before if before in WISHES else Preferences.Email.MISSED.value,
    }
    return render(request, "mails/unsubscribe.html", context)
