"""Invitations to a room, and the requesting user's own invitations."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.api.members import GONE, invitation_body, member_body
from rooms.api.pagination import MemberPages
from rooms.models import Invitation
from rooms.selectors.invitations import invitations_for, invitations_of
from rooms.selectors.people import get_person
from rooms.selectors.rooms import get_room_for
from rooms.serializers.invitations import InvitationSchema, MyInvitationSchema, NewInvitation
from rooms.serializers.members import MemberSchema
from rooms.services.invitations import invitation_accept, invitation_create, invitation_decline, invitation_withdraw
from rooms.wire import timestamp


def my_invitation_body(invitation: Invitation) -> dict[str, Any]:
    """The response body for an invitation for the invited user, who learns no more of the room than needed.

    Reads `.room` and `.by`.
    """
    return {
        "room_name": invitation.room.name,
        "title": invitation.room.shown_title,
        "by": invitation.by.username if invitation.by else None,
        "by_display_name": invitation.by.shown_name if invitation.by else None,
        "created_at": timestamp(invitation.created_at),
    }


@extend_schema_view(
    get=extend_schema(
        summary="List invitations (owners and moderators)",
        operation_id="invitations_list",
        responses=InvitationSchema(many=True),
    ),
    post=extend_schema(
        summary="Invite a person (owners and moderators)",
        description="They are notified on their own topic, and become a member when they accept.",
        operation_id="invitations_create",
        request=NewInvitation,
        responses={201: InvitationSchema},
    ),
)
class InvitationListView(ApiView):
    """List and create invitations to a room."""

    queryset = Invitation.objects.none()  # for the schema
    pagination_class = MemberPages

    def get(self, request: Request, name: str) -> Response:
        """A page of invitations."""
        room = get_room_for(self.person, name)
        page = self.paginate_queryset(invitations_for(self.person, room))
        return self.get_paginated_response([invitation_body(invitation) for invitation in page or []])

    def post(self, request: Request, name: str) -> Response:
        """Invite a person."""
        room = get_room_for(self.person, name)
        user = get_person(parsed(NewInvitation, request)["user_name"])
        invitation = invitation_create(by=self.person, room=room, user=user)
        return Response(invitation_body(invitation), status=201)


@extend_schema_view(
    delete=extend_schema(
        summary="Cancel an invitation (owners and moderators)",
        operation_id="invitations_delete",
        responses=GONE,
    )
)
class InvitationView(ApiView):
    """One invitation to a room."""

    def delete(self, request: Request, name: str, user_name: str) -> Response:
        """Cancel the invitation."""
        room = get_room_for(self.person, name)
        invitation_withdraw(by=self.person, room=room, user=get_person(user_name))
        return Response(status=204)


@extend_schema_view(
    get=extend_schema(
        summary="List my invitations", operation_id="my_invitations_list", responses=MyInvitationSchema(many=True)
    )
)
class MyInvitationListView(ApiView):
    """The requesting user's invitations."""

    queryset = Invitation.objects.none()  # for the schema
    pagination_class = MemberPages

    def get(self, request: Request) -> Response:
        """A page of invitations, oldest first."""
        page = self.paginate_queryset(invitations_of(self.person))
        return self.get_paginated_response([my_invitation_body(invitation) for invitation in page or []])


@extend_schema_view(
    post=extend_schema(
        summary="Accept an invitation",
        operation_id="my_invitations_accept",
        request=None,
        responses={201: MemberSchema},
    ),
    delete=extend_schema(summary="Decline an invitation", operation_id="my_invitations_decline", responses=GONE),
)
class MyInvitationView(ApiView):
    """The requesting user's invitation to one room."""

    def post(self, request: Request, room_name: str) -> Response:
        """Accept the invitation; returns the new membership."""
        return Response(member_body(invitation_accept(user=self.person, room_name=room_name)), status=201)

    def delete(self, request: Request, room_name: str) -> Response:
        """Decline the invitation; nobody is notified."""
        invitation_decline(user=self.person, room_name=room_name)
        return Response(status=204)
