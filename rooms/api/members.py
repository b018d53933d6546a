"""Members: list, join, invite, change roles, leave, remove; and bans."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed, query_flag
from rooms.api.filters import MemberFilter
from rooms.api.pagination import MemberPages
from rooms.errors import InvalidField
from rooms.models import Ban, Invitation, Membership
from rooms.rate_limits import Budget
from rooms.selectors.members import bans_for, members_of
from rooms.selectors.online import MAX_ONLINE, online_members
from rooms.selectors.people import get_person
from rooms.selectors.rooms import get_room_for
from rooms.serializers.invitations import InvitationSchema
from rooms.serializers.members import BanSchema, MemberChanges, MemberSchema, NewMember, OnlineSchema
from rooms.services.invitations import invitation_create
from rooms.services.members import member_ban, member_join, member_leave, member_remove, member_set_role, member_unban
from rooms.wire import timestamp

GONE = {204: OpenApiResponse(description="Done.")}


def member_body(membership: Membership) -> dict[str, Any]:
    """The response body for a member. Reads `membership.user`, so select it, too."""
    user = membership.user
    return {
        "user_id": user.pk,
        "user_name": user.username,
        "display_name": user.shown_name,
        "avatar": user.avatar,
        "role": membership.role,
        "joined_at": timestamp(membership.joined_at),
    }


def invitation_body(invitation: Invitation) -> dict[str, Any]:
    """The response body for an invitation, for moderators. Reads `invitation.user` and `.by`, so select them, too."""
    return {
        "user_id": invitation.user.pk,
        "user_name": invitation.user.username,
        "display_name": invitation.user.shown_name,
        "avatar": invitation.user.avatar,
        "by": invitation.by.username if invitation.by else None,
        "created_at": timestamp(invitation.created_at),
    }


def ban_body(ban: Ban) -> dict[str, Any]:
    """The response body for a ban. Reads `ban.user` and `ban.by`, so select them, too."""
    return {
        "user_id": ban.user.pk,
        "user_name": ban.user.username,
        "display_name": ban.user.shown_name,
        "by": ban.by.username if ban.by else None,
        "created_at": timestamp(ban.created_at),
    }


@extend_schema_view(
    get=extend_schema(
        summary="List members, in the order they joined", operation_id="members_list", responses=MemberSchema(many=True)
    ),
    post=extend_schema(
        summary="Join a public room, or invite a person (owners and moderators)",
        description="Without `user_name`, or with your own, you join the room (201). With another person's, they are "
        "invited, as with `invitations/` (202): nobody is added by others.",
        operation_id="members_create",
        request=NewMember,
        responses={201: MemberSchema, 202: InvitationSchema},
    ),
)
class MemberListView(ApiView):
    """List members; join a room or invite somebody."""

    queryset = Membership.objects.none()  # for the schema
    pagination_class = MemberPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = MemberFilter

    def get(self, request: Request, name: str) -> Response:
        """A page of members."""
        room = get_room_for(self.person, name)
        page = self.paginate_queryset(self.filter_queryset(members_of(room)))
        return self.get_paginated_response([member_body(membership) for membership in page or []])

    def post(self, request: Request, name: str) -> Response:
        """Join the room, or invite somebody."""
        room = get_room_for(self.person, name)
        if isinstance(request.data, dict) and "role" in request.data:
            raise InvalidField(_("role can only be set once the person is a member."))
        wanted = parsed(NewMember, request)
        user = get_person(wanted["user_name"]) if "user_name" in wanted else self.person
        if user == self.person:
            self.charge_request(Budget.JOINS)
            return Response(member_body(member_join(user=user, room=room)), status=201)
        self.charge_request(Budget.INVITATIONS)
        invitation = invitation_create(by=self.person, room=room, user=user)
        return Response(invitation_body(invitation), status=202)


@extend_schema_view(
    patch=extend_schema(
        summary="Change a member's role (owners)",
        operation_id="members_update",
        request=MemberChanges,
        responses=MemberSchema,
    ),
    delete=extend_schema(
        summary="Leave a room, or remove a member (owners and moderators)",
        description="A direct room that you leave disappears from your list until you open it again.",
        operation_id="members_delete",
        parameters=[
            OpenApiParameter("ban", bool, description="Whether to ban them from joining again. Defaults to false.")
        ],
        responses=GONE,
    ),
)
class MemberView(ApiView):
    """One member."""

    def patch(self, request: Request, name: str, user_name: str) -> Response:
        """Change the member's role."""
        room = get_room_for(self.person, name)
        role = parsed(MemberChanges, request)["role"]
        user = get_person(user_name)
        return Response(member_body(member_set_role(by=self.person, room=room, user=user, role=role)))

    def delete(self, request: Request, name: str, user_name: str) -> Response:
        """Leave the room, remove a member, or, with `ban`, ban them."""
        ban = query_flag(request, "ban")
        room = get_room_for(self.person, name)
        user = get_person(user_name)
        if ban:
            member_ban(by=self.person, room=room, user=user)
        elif user == self.person:
            member_leave(user=user, room=room)
        else:
            member_remove(by=self.person, room=room, user=user)
        return Response(status=204)


@extend_schema_view(
    get=extend_schema(
        summary="List online members",
        description="The members who have an open socket, in this room or elsewhere, across all server processes. Of "
        f"more than {MAX_ONLINE}, only the first are listed. New and closed sockets count after one or two seconds.",
        operation_id="members_online",
        responses=OnlineSchema,
    )
)
class OnlineView(ApiView):
    """The members who are online."""

    def get(self, request: Request, name: str) -> Response:
        """Their user ids, and which of them are away."""
        room = get_room_for(self.person, name)
        return Response(online_members(room)._asdict())


@extend_schema_view(
    get=extend_schema(
        summary="List bans (owners and moderators)", operation_id="bans_list", responses=BanSchema(many=True)
    )
)
class BanListView(ApiView):
    """The bans of a room."""

    queryset = Ban.objects.none()  # for the schema
    pagination_class = MemberPages

    def get(self, request: Request, name: str) -> Response:
        """A page of bans."""
        room = get_room_for(self.person, name)
        page = self.paginate_queryset(bans_for(self.person, room))
        return self.get_paginated_response([ban_body(ban) for ban in page or []])


@extend_schema_view(
    delete=extend_schema(summary="Lift a ban (owners and moderators)", operation_id="bans_delete", responses=GONE)
)
class BanView(ApiView):
    """One ban."""

    def delete(self, request: Request, name: str, user_name: str) -> Response:
        """Lift the ban."""
        room = get_room_for(self.person, name)
        member_unban(by=self.person, room=room, user=get_person(user_name))
        return Response(status=204)
