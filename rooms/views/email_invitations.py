"""Inviting people by e-mail, on the page of invite links."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import NotFound, ServiceError
from rooms.models import EmailInvitation, Room
from rooms.rate_limits import Budget, charge_request
from rooms.selectors.email_invitations import get_email_invitation_for
from rooms.selectors.invite_links import check_may_see_links
from rooms.services.email_invitations import (
    check_addresses,
    email_invitation_resend,
    email_invitation_revoke,
    email_invitations_create,
    split_addresses,
)
from rooms.views.forms import EmailInvitationForm, add_service_error
from rooms.views.invite_links import links_page
from rooms.views.request import SignedInRequest, act_and_notify, get_room_or_404


@never_cache
@login_required
def invite_to_room(request: SignedInRequest, name: str) -> HttpResponse:
    """Invite people to a room."""
    return _invite(request, get_room_or_404(request, name))


@never_cache
@login_required
def invite_to_server(request: SignedInRequest) -> HttpResponse:
    """Invite people to create an account."""
    return _invite(request, None)


def _invite(request: SignedInRequest, room: Room | None) -> HttpResponse:
    try:
        check_may_see_links(request.user, room)
    except NotFound as error:
        raise Http404 from error
    if request.method != "POST":  # reloaded after an error
        return _page_of(room)
    form = EmailInvitationForm(request.POST)
    if form.is_valid():
        try:
            emails = check_addresses(split_addresses(form.cleaned_data["emails"]))
            charge_request(Budget.INVITATIONS, request, request.user, len(emails))
            invited = email_invitations_create(by=request.user, room=room, emails=emails)
        except ServiceError as error:
            add_service_error(form, error, "emails")
        else:
            if count := len(invited.invitations):
                sentence = ngettext("%(count)d person invited by email.", "%(count)d people invited by email.", count)
                messages.success(request, sentence % {"count": count})
            if count := len(invited.already):
                sentence = ngettext(
                    "%(count)d address was invited already.", "%(count)d addresses were invited already.", count
                )
                messages.info(request, sentence % {"count": count})
            return _page_of(room)
    return links_page(request, room, email_form=form)


@require_POST
@login_required
def resend(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Send the mail of an invitation again."""
    invitation = _invitation_or_404(request, invitation_id)

    def act() -> str:
        charge_request(Budget.INVITATIONS, request, request.user)
        email_invitation_resend(by=request.user, invitation=invitation)
        return _("Invitation sent again.")

    return act_and_notify(request, act) or _page_of(invitation.room)


@require_POST
@login_required
def revoke(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Revoke an invitation."""
    invitation = _invitation_or_404(request, invitation_id)

    def act() -> str:
        email_invitation_revoke(by=request.user, invitation=invitation)
        return _("Invitation removed.") if invitation.accepted_at else _("Invitation revoked.")

    return act_and_notify(request, act) or _page_of(invitation.room)


def _page_of(room: Room | None) -> HttpResponse:
    return redirect("room_invite_links", room.name) if room is not None else redirect("invite_links")


def _invitation_or_404(request: SignedInRequest, invitation_id: int) -> EmailInvitation:
    try:
        return get_email_invitation_for(request.user, invitation_id)
    except NotFound as error:
        raise Http404 from error
