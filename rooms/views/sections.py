"""The page of the user's sections of their list of rooms, and the forms to change them and the order of the list."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import NotFound, ServiceError
from rooms.selectors.preferences import preferences_for
from rooms.selectors.sections import get_section_for
from rooms.selectors.sidebar import sidebar_for
from rooms.services.preferences import preferences_update
from rooms.services.sections import section_create, section_delete, section_fill, section_update
from rooms.views.forms import SectionForm, SectionRoomsForm, add_service_error
from rooms.views.request import SignedInRequest, act_and_notify

LARGEST_POSITION = 99  # whatever is larger means the same: last


@never_cache
@login_required
def sections_page(request: SignedInRequest) -> HttpResponse:
    """The user's sections, and the form for a new one, which then leads to its rooms."""
    form = SectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            section = section_create(user=request.user, name=form.cleaned_data["name"])
            return redirect("section", section.pk)
        except ServiceError as error:
            add_service_error(form, error, "name")
    unread_first = preferences_for(request.user).unread_first
    context = {"arranging": True, "form": form, "unread_first": unread_first}
    return render(request, "rooms/sections.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def order(request: SignedInRequest) -> HttpResponse:
    """Choose whether rooms with unread messages are listed first."""

    def act() -> str:
        preferences_update(user=request.user, unread_first="unread_first" in request.POST)
        return _("Order saved.")

    return act_and_notify(request, act) or redirect("sections")


@never_cache
@login_required
def section_page(request: SignedInRequest, section_id: int) -> HttpResponse:
    """The name and the rooms of one section."""
    try:
        section = get_section_for(request.user, section_id)
    except NotFound as error:
        raise Http404 from error
    entries = sorted(sidebar_for(request.user).entries, key=lambda entry: (entry.title.casefold(), entry.name))
    form = SectionRoomsForm(
        request.POST or None,
        initial={"name": section.name, "rooms": [one.name for one in entries if one.section_id == section.pk]},
        rooms=[(one.name, one.title) for one in entries],
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            section_update(user=request.user, section_id=section_id, name=given["name"])
            section_fill(user=request.user, section_id=section_id, room_names=given["rooms"])
            return act_and_notify(request, lambda: _("Section saved.")) or redirect("sections")
        except ServiceError as error:
            add_service_error(form, error)
    context = {"arranging": True, "section": section, "form": form}
    return render(request, "rooms/section.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def move(request: SignedInRequest, section_id: int) -> HttpResponse:
    """Move a section to another position."""

    def act() -> str:
        given = request.POST.get("position", "")
        position = int(given) if given.isascii() and given.isdecimal() and len(given) < 3 else LARGEST_POSITION
        section_update(user=request.user, section_id=section_id, position=position)
        return ""

    return act_and_notify(request, act) or redirect("sections")


@require_POST
@login_required
def collapse(request: SignedInRequest, section_id: int) -> HttpResponse:
    """Collapse or expand a section. Pages with scripts use the REST API."""

    def act() -> str:
        section_update(user=request.user, section_id=section_id, collapsed=request.POST.get("collapsed") == "yes")
        return ""

    to = request.POST.get("next", "")
    is_here = url_has_allowed_host_and_scheme(to, allowed_hosts=None)
    return act_and_notify(request, act) or redirect(to if is_here else "home")


@require_POST
@login_required
def delete(request: SignedInRequest, section_id: int) -> HttpResponse:
    """Delete a section."""

    def act() -> str:
        section_delete(user=request.user, section_id=section_id)
        return _("Section deleted.")

    return act_and_notify(request, act) or redirect("sections")
