"""The invite links of a room, and those for accounts: creating, copying and revoking them."""

from __future__ import annotations

from io import BytesIO
from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from chatproject.installation.public_address import address_for, mail_is_sent
from rooms.errors import NotFound, ServiceError
from rooms.models import EmailInvitation, InviteLink, InviteLinkUse, Room
from rooms.selectors.email_invitations import email_invitation_states, email_invitations_for
from rooms.selectors.invite_links import (
    LinkState,
    get_invite_link_for,
    invite_links_for,
    invite_token,
    latest_uses,
    link_states,
)
from rooms.services.invite_links import invite_link_revoke
from rooms.views.forms import EmailInvitationForm, InviteLinkForm, add_service_error
from rooms.views.request import SignedInRequest, get_room_or_404

LINKS_SHOWN = 100
NAMES_SHOWN = 500  # of all links together


class ShownLink(NamedTuple):
    """A link as its row shows it; `used` are the latest who joined with it."""

    link: InviteLink
    url: str
    state: LinkState
    used: list[InviteLinkUse]


class ShownInvitation(NamedTuple):
    """An invitation by e-mail, and what became of it."""

    invitation: EmailInvitation
    state: str


def link_url(request: HttpRequest, link: InviteLink) -> str:
    """The address to pass on."""
    return address_for(request, reverse("invite", args=[invite_token(link)]))


@never_cache
@login_required
def room_links(request: SignedInRequest, name: str) -> HttpResponse:
    """The invite links of a room, for its owners and moderators and staff."""
    return links_page(request, get_room_or_404(request, name))


@never_cache
@login_required
def account_links(request: SignedInRequest) -> HttpResponse:
    """The invite links with which people create an account, for staff."""
    return links_page(request, None)


def links_page(
    request: SignedInRequest, room: Room | None, *, email_form: EmailInvitationForm | None = None
) -> HttpResponse:
    """The page of a room or, for None, of this server; a POST creates a link, unless it was of the given form."""
    try:
        links = list(invite_links_for(request.user, room)[:LINKS_SHOWN])
    except NotFound as error:
        raise Http404 from error
    if room is not None and room.kind == Room.Kind.DIRECT:
        raise Http404
    form = InviteLinkForm(request.POST if email_form is None and request.method == "POST" else None)
    if form.is_valid():
        try:
            form.created_by(request.user, room)
            messages.success(request, _("Invite link created."))
            return redirect(request.path)
        except ServiceError as error:
            add_service_error(form, error)
    states, used = link_states(links), latest_uses(links, limit=NAMES_SHOWN)
    shown = [ShownLink(link, link_url(request, link), states[link.pk], used.get(link.pk, [])) for link in links]
    invitations = list(email_invitations_for(request.user, room)[:LINKS_SHOWN])
    outcomes = email_invitation_states(invitations)
    context = {
        "inviting": True,
        "mail_is_sent": mail_is_sent(),
        "email_form": email_form or EmailInvitationForm(),
        "email_action": reverse("room_email_invite", args=[room.name]) if room else reverse("email_invite"),
        "email_invitations": [ShownInvitation(one, outcomes[one.pk]) for one in invitations],
        "links_of": room,
        "form": form,
        "working": [each for each in shown if each.state == LinkState.WORKS],
        "ended": [each for each in shown if each.state != LinkState.WORKS],
    }
    return render(
        request, "rooms/invite_links.html", context, status=400 if form.errors or email_form is not None else 200
    )


@require_POST
@login_required
def revoke(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Revoke a link."""
    link = _link_or_404(request, link_id)
    invite_link_revoke(by=request.user, link=link)
    messages.success(request, _("Invite link revoked."))
    return redirect("room_invite_links", link.room.name) if link.room is not None else redirect("invite_links")


@never_cache
@login_required
def qr_code(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The QR code of a link: an SVG, black on white with its margin, in every theme."""
    import segno  # only here: no other page needs it

    svg = BytesIO()
    code = segno.make(link_url(request, _link_or_404(request, link_id)), micro=False)
    code.save(svg, kind="svg", scale=8, light="white", xmldecl=False)
    return HttpResponse(svg.getvalue(), content_type="image/svg+xml")


def _link_or_404(request: SignedInRequest, link_id: str) -> InviteLink:
    try:
        return get_invite_link_for(request.user, link_id)
    except NotFound as error:
        raise Http404 from error
