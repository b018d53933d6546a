"""Invitations by e-mail: creating, listing, sending again and revoking them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.api.members import GONE
from rooms.api.pagination import LatestPages
from rooms.models import EmailInvitation, Room
from rooms.rate_limits import Budget, charge_request
from rooms.selectors.email_invitations import (
    PENDING,
    email_invitation_states,
    email_invitations_for,
    get_email_invitation_for,
)
from rooms.selectors.invite_links import check_may_see_links
from rooms.selectors.rooms import get_room_for
from rooms.serializers.email_invitations import EmailInvitationSchema, EmailInvitationsSchema, NewEmailInvitations
from rooms.services.email_invitations import (
    check_addresses,
    email_invitation_resend,
    email_invitation_revoke,
    email_invitations_create,
)
from rooms.wire import timestamp


def email_invitation_body(invitation: EmailInvitation, state: str) -> dict[str, Any]:
    """The response body for an invitation. Reads `.room`, `.by` and `.link`, so select them, too."""
    assert invitation.link.expires_at is not None
    return {
        "id": invitation.pk,
        "email": invitation.email,
        "room_name": invitation.room.name if invitation.room else None,
        "state": state,
        "by": invitation.by.username if invitation.by else None,
        "sent_at": timestamp(invitation.sent_at),
        "expires_at": timestamp(invitation.link.expires_at),
        "accepted_at": timestamp(invitation.accepted_at) if invitation.accepted_at else None,
    }


class EmailInvitationsView(ApiView):
    """List and create invitations to a room, or to create an account."""

    queryset = EmailInvitation.objects.none()  # for the schema
    pagination_class = LatestPages

    def list(self, room: Room | None) -> Response:
        """A page of invitations."""
        page = self.paginate_queryset(email_invitations_for(self.person, room)) or []
        states = email_invitation_states(page)
        return self.get_paginated_response([email_invitation_body(one, states[one.pk]) for one in page])

    def create(self, request: Request, room: Room | None) -> Response:
        """Invite people."""
        check_may_see_links(self.person, room)
        emails = check_addresses(parsed(NewEmailInvitations, request)["emails"])
        charge_request(Budget.INVITATIONS, request._request, self.person, len(emails))
        invited = email_invitations_create(by=self.person, room=room, emails=emails)
        bodies = [email_invitation_body(one, PENDING) for one in invited.invitations]
        return Response({"invitations": bodies, "already_invited": invited.already}, status=201)


@extend_schema_view(
    get=extend_schema(
        summary="List invitations by email to a room (owners and moderators)",
        operation_id="room_email_invitations_list",
        responses=EmailInvitationSchema(many=True),
    ),
    post=extend_schema(
        summary="Invite people to a room by email (owners and moderators)",
        description="Each address gets a mail with a link for one person, which works for 7 days. People who have the "
        "address in their account are invited there instead; the answer is the same. Counts as one invitation for each "
        "address.",
        operation_id="room_email_invitations_create",
        request=NewEmailInvitations,
        responses={201: EmailInvitationsSchema},
    ),
)
class RoomEmailInvitationListView(EmailInvitationsView):
    """The invitations to a room."""

    def get(self, request: Request, name: str) -> Response:
        """A page of invitations, the newest first."""
        return self.list(get_room_for(self.person, name))

    def post(self, request: Request, name: str) -> Response:
        """Invite people."""
        return self.create(request, get_room_for(self.person, name))


@extend_schema_view(
    get=extend_schema(
        summary="List invitations by email to create an account (staff)",
        operation_id="email_invitations_list",
        responses=EmailInvitationSchema(many=True),
    ),
    post=extend_schema(
        summary="Invite people by email to create an account (staff)",
        description="Each address gets a mail with a link for one person, which works for 7 days. People who have the "
        "address in their account are invited there instead; the answer is the same. Counts as one invitation for each "
        "address.",
        operation_id="email_invitations_create",
        request=NewEmailInvitations,
        responses={201: EmailInvitationsSchema},
    ),
)
class EmailInvitationListView(EmailInvitationsView):
    """The invitations to create an account."""

    def get(self, request: Request) -> Response:
        """A page of invitations, the newest first."""
        return self.list(None)

    def post(self, request: Request) -> Response:
        """Invite people."""
        return self.create(request, None)


@extend_schema_view(
    delete=extend_schema(
        summary="Revoke an invitation by email (owners and moderators of its room, or staff)",
        operation_id="email_invitations_delete",
        responses=GONE,
    )
)
class EmailInvitationView(ApiView):
    """One invitation."""

    def delete(self, request: Request, invitation_id: int) -> Response:
        """Revoke it; its link no longer works."""
        email_invitation_revoke(by=self.person, invitation=get_email_invitation_for(self.person, invitation_id))
        return Response(status=204)


@extend_schema_view(
    post=extend_schema(
        summary="Send an invitation by email again",
        description="Its link then works for another 7 days. Refused with 409 within 10 minutes after the last mail.",
        operation_id="email_invitations_resend",
        request=None,
        responses=EmailInvitationSchema,
    )
)
class EmailInvitationResendView(ApiView):
    """The mail of an invitation."""

    def post(self, request: Request, invitation_id: int) -> Response:
        """Send it again; returns the invitation."""
        found = get_email_invitation_for(self.person, invitation_id)
        email_invitation_resend(by=self.person, invitation=found)
        fresh = get_email_invitation_for(self.person, invitation_id)
        return Response(email_invitation_body(fresh, email_invitation_states([fresh])[invitation_id]))
