"""Members: the list, joining and inviting, roles, leaving, removing; and bans."""

from __future__ import annotations

from typing import Any

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
from rooms.serializers.invitations import InvitationForm
from rooms.serializers.members import BanForm, MemberChanges, MemberForm, NewMember, OnlineForm
from rooms.services.invitations import invitation_create
from rooms.services.members import member_ban, member_join, member_leave, member_remove, member_set_role, member_unban
from rooms.wire import timestamp

GONE = {204: OpenApiResponse(description="Done.")}


def member_form(membership: Membership) -> dict[str, Any]:
    """A member as the API answers it. Reads `membership.user`: load it along."""
    user = membership.user
    return {
        "user_id": user.pk,
        "user_name": user.username,
        "display_name": user.shown_name,
        "avatar": user.avatar,
        "role": membership.role,
        "joined_at": timestamp(membership.joined_at),
    }


def invitation_form(invitation: Invitation) -> dict[str, Any]:
    """An invitation for those who look after the room. Reads `invitation.user` and `.by`: load them along."""
    return {
        "user_id": invitation.user.pk,
        "user_name": invitation.user.username,
        "display_name": invitation.user.shown_name,
        "avatar": invitation.user.avatar,
        "by": invitation.by.username if invitation.by else None,
        "created_at": timestamp(invitation.created_at),
    }


def ban_form(ban: Ban) -> dict[str, Any]:
    """A ban as the API answers it. Reads `ban.user` and `ban.by`: load them along."""
    return {
        "user_id": ban.user.pk,
        "user_name": ban.user.username,
        "display_name": ban.user.shown_name,
        "by": ban.by.username if ban.by else None,
        "created_at": timestamp(ban.created_at),
    }


@extend_schema_view(
    get=extend_schema(
        summary="The members, the longest there first", operation_id="members_list", responses=MemberForm(many=True)
    ),
    post=extend_schema(
        summary="Join an open room, or invite somebody (owners and moderators)",
        description="Without a `user_name`, or with one's own, one joins: 201. Nobody is brought in by others: with "
        "another's, they are invited, as by `invitations/`, which is a 202.",
        operation_id="members_create",
        request=NewMember,
        responses={201: MemberForm, 202: InvitationForm},
    ),
)
class MemberListView(ApiView):
    """The members of a room."""

    queryset = Membership.objects.none()  # for the schema
    pagination_class = MemberPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = MemberFilter

    def get(self, request: Request, name: str) -> Response:
        """A page of members."""
        room = get_room_for(self.person, name)
        page = self.paginate_queryset(self.filter_queryset(members_of(room)))
        return self.get_paginated_response([member_form(membership) for membership in page or []])

    def post(self, request: Request, name: str) -> Response:
        """The new member, or the invitation."""
        room = get_room_for(self.person, name)
        if isinstance(request.data, dict) and "role" in request.data:
            raise InvalidField("role can only be set once the person is a member.")
        wanted = parsed(NewMember, request)
        user = get_person(wanted["user_name"]) if "user_name" in wanted else self.person
        if user == self.person:
            self.spend(Budget.JOINS)
            return Response(member_form(member_join(user=user, room=room)), status=201)
        self.spend(Budget.INVITATIONS)
        invitation = invitation_create(by=self.person, room=room, user=user)
        return Response(invitation_form(invitation), status=202)


@extend_schema_view(
    patch=extend_schema(
        summary="Give a member another role (owners)",
        operation_id="members_update",
        request=MemberChanges,
        responses=MemberForm,
    ),
    delete=extend_schema(
        summary="Leave, or remove somebody (owners and moderators)",
        description="A direct room that one leaves goes out of one's list until one opens it again.",
        operation_id="members_delete",
        parameters=[
            OpenApiParameter("ban", bool, description="Whether they are kept from coming back; false unless told.")
        ],
        responses=GONE,
    ),
)
class MemberView(ApiView):
    """One member."""

    def patch(self, request: Request, name: str, user_name: str) -> Response:
        """Another role."""
        room = get_room_for(self.person, name)
        role = parsed(MemberChanges, request)["role"]
        user = get_person(user_name)
        return Response(member_form(member_set_role(by=self.person, room=room, user=user, role=role)))

    def delete(self, request: Request, name: str, user_name: str) -> Response:
        """Out of the room; with `ban`, for good."""
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
        summary="Who is online",
        description="The members who have an open socket, whatever it follows, over all server processes. Of more "
        f"than {MAX_ONLINE}, the first of them. A process writes down its sockets within a second or two.",
        operation_id="members_online",
        responses=OnlineForm,
    )
)
class OnlineView(ApiView):
    """Who of the members is online."""

    def get(self, request: Request, name: str) -> Response:
        """Their ids."""
        room = get_room_for(self.person, name)
        return Response({"online": online_members(room)})


@extend_schema_view(
    get=extend_schema(
        summary="Who is banned (owners and moderators)", operation_id="bans_list", responses=BanForm(many=True)
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
        return self.get_paginated_response([ban_form(ban) for ban in page or []])


@extend_schema_view(
    delete=extend_schema(summary="Lift a ban (owners and moderators)", operation_id="bans_delete", responses=GONE)
)
class BanView(ApiView):
    """One ban."""

    def delete(self, request: Request, name: str, user_name: str) -> Response:
        """The person may come back."""
        room = get_room_for(self.person, name)
        member_unban(by=self.person, room=room, user=get_person(user_name))
        return Response(status=204)
