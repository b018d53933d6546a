"""The profile page: display name, time zone, language, picture and blocked people."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import InvalidField, ServiceError
from rooms.files.pictures import MAX_SQUARE_BYTES
from rooms.selectors.blocks import blocks_of
from rooms.services.profile import picture_remove, picture_set, profile_update
from rooms.views.forms import ProfileForm
from rooms.views.request import SignedInRequest


@never_cache
@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    """The profile page, and changing the display name, time zone, language and what one's pages show."""
    user = request.user
    initial = {
        "display_name": user.display_name,
        "time_zone": user.time_zone or "",
        "language": user.language,
        "show_link_previews": user.show_link_previews,
    }
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        refusal = _change(request, lambda: profile_update(user=user, **form.cleaned_data))
        if refusal is None:
            messages.success(request, _("Profile saved."))
            return redirect("profile")
        form.add_error("display_name", refusal)
    context = {"form": form, "blocks": blocks_of(user)}
    return render(request, "accounts/profile.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def picture(request: SignedInRequest) -> HttpResponse:
    """Change the picture."""
    return _picture(request, _("Picture saved."), lambda: _set(request))


@require_POST
@login_required
def remove_picture(request: SignedInRequest) -> HttpResponse:
    """Remove the picture; initials are shown instead."""

    return _picture(request, _("Picture removed."), lambda: picture_remove(user=request.user))


def _set(request: SignedInRequest) -> None:
    upload = request.FILES.get("picture")
    if not isinstance(upload, UploadedFile):
        raise InvalidField(_("Picture: choose a file."))
    picture_set(user=request.user, data=upload.read(MAX_SQUARE_BYTES + 1))


def _picture(request: SignedInRequest, done: str, change: Callable[[], object]) -> HttpResponse:
    refusal = _change(request, change)
    if refusal is None:
        messages.success(request, done)
    else:
        messages.error(request, refusal)
    return redirect("profile")


def _change(request: SignedInRequest, change: Callable[[], object]) -> str | None:
    """Run a change; return the error's sentence, or None on success."""
    try:
        change()
    except ServiceError as error:
        return error.detail
    return None
