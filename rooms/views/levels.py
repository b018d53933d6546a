"""What the user wants of a room: which messages notify them, and where it is in their list."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from rooms.errors import NotFound, ServiceError
from rooms.selectors.levels import default_level, level_of
from rooms.selectors.members import get_membership
from rooms.selectors.room_titles import titles_for
from rooms.selectors.sections import sections_of
from rooms.services.levels import membership_update
from rooms.views.forms import LevelForm, add_service_error
from rooms.views.request import SignedInRequest, get_room_or_404


@never_cache
@login_required
def room_notifications(request: SignedInRequest, name: str) -> HttpResponse:
    """The notifications of a room, for its members. The room page shows the form as a dialog."""
    room = get_room_or_404(request, name)
    membership = get_membership(request.user, room)
    if membership is None:
        raise Http404
    initial = {
        "level": level_of(membership, room),
        "muted": membership.muted,
        "favourite": membership.favourite,
        "section": membership.section_id,
    }
    default, sections = default_level(room.kind), sections_of(request.user)
    form = LevelForm(request.POST or None, initial=initial, default=default, sections=sections)
    if request.method == "POST" and form.is_valid():
        try:
            membership_update(user=request.user, room=room, **form.cleaned_data)
            messages.success(request, _("Notifications saved."))
            return redirect(room)
        except NotFound as error:  # they were removed meanwhile
            raise Http404 from error
        except ServiceError as error:  # their section was deleted meanwhile
            add_service_error(form, error)
    context = {"room": room, "title": titles_for(request.user, [room])[room.pk], "form": form}
    return render(request, "rooms/notifications.html", context, status=400 if form.errors else 200)
