"""Invite links: creating, listing and revoking them, and joining with one."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.installation.public_address import address_for
from rooms.api.base import ApiView, parsed
from rooms.api.members import GONE, member_body
from rooms.api.pagination import LatestPages, MemberPages
from rooms.models import InviteLink, InviteLinkUse, Room
from rooms.people.invite_guesses import find_invite_link
from rooms.selectors.invite_links import (
    LinkState,
    get_invite_link_for,
    invite_link_uses,
    invite_links_for,
    invite_token,
    link_states,
)
from rooms.selectors.rooms import get_room_for
from rooms.serializers.invite_links import InviteLinkSchema, InviteLinkUseSchema, InviteToJoin, NewInviteLink
from rooms.serializers.members import MemberSchema
from rooms.services.invite_links import invite_link_create, invite_link_join, invite_link_revoke
from rooms.services.moments import check_moment
from rooms.wire import timestamp


def invite_link_body(request: Request, link: InviteLink, state: LinkState) -> dict[str, Any]:
    """The response body for a link. Reads `.room` and `.created_by`, so select them, too."""
    return {
        "id": link.link_id,
        "url": address_for(request._request, reverse("invite", args=[invite_token(link)])),
        "room_name": link.room.name if link.room else None,
        "state": state.value,
        "created_by": link.created_by.username if link.created_by else None,
        "created_at": timestamp(link.created_at),
        "uses": link.uses,
        "max_uses": link.max_uses,
        "expires_at": timestamp(link.expires_at) if link.expires_at else None,
        "revoked_at": timestamp(link.revoked_at) if link.revoked_at else None,
    }


class LinkListView(ApiView):
    """List and create links to a room, or for accounts."""

    queryset = InviteLink.objects.none()  # for the schema
    pagination_class = LatestPages

    def list(self, request: Request, room: Room | None) -> Response:
        """A page of links."""
        page = self.paginate_queryset(invite_links_for(self.person, room)) or []
        states = link_states(page)
        return self.get_paginated_response([invite_link_body(request, link, states[link.pk]) for link in page])

    def create(self, request: Request, room: Room | None) -> Response:
        """Create a link."""
        given = parsed(NewInviteLink, request)
        end = given.get("expires_at")
        expires_at = check_moment(end, "expires_at") if end is not None else None
        link = invite_link_create(by=self.person, room=room, max_uses=given.get("max_uses"), expires_at=expires_at)
        return Response(invite_link_body(request, link, LinkState.WORKS), status=201)


@extend_schema_view(
    get=extend_schema(
        summary="List invite links of a room (owners and moderators)",
        operation_id="room_invite_links_list",
        responses=InviteLinkSchema(many=True),
    ),
    post=extend_schema(
        summary="Create an invite link to a room (owners and moderators)",
        description="Anyone with the link can create an account and join the room as a member.",
        operation_id="room_invite_links_create",
        request=NewInviteLink,
        responses={201: InviteLinkSchema},
    ),
)
class RoomInviteLinkListView(LinkListView):
    """The links of a room."""

    def get(self, request: Request, name: str) -> Response:
        """A page of links, the newest first."""
        return self.list(request, get_room_for(self.person, name))

    def post(self, request: Request, name: str) -> Response:
        """Create a link."""
        return self.create(request, get_room_for(self.person, name))


@extend_schema_view(
    get=extend_schema(
        summary="List invite links for accounts (staff)",
        operation_id="invite_links_list",
        responses=InviteLinkSchema(many=True),
    ),
    post=extend_schema(
        summary="Create an invite link for accounts (staff)",
        description="Anyone with the link can create an account, and joins no room.",
        operation_id="invite_links_create",
        request=NewInviteLink,
        responses={201: InviteLinkSchema},
    ),
)
class InviteLinkListView(LinkListView):
    """The links with which people only create an account."""

    def get(self, request: Request) -> Response:
        """A page of links, the newest first."""
        return self.list(request, None)

    def post(self, request: Request) -> Response:
        """Create a link."""
        return self.create(request, None)


@extend_schema_view(
    delete=extend_schema(
        summary="Revoke an invite link (owners and moderators of its room, or staff)",
        operation_id="invite_links_delete",
        responses=GONE,
    )
)
class InviteLinkView(ApiView):
    """One link."""

    def delete(self, request: Request, link_id: str) -> Response:
        """Revoke the link; those who have joined with it stay."""
        invite_link_revoke(by=self.person, link=get_invite_link_for(self.person, link_id))
        return Response(status=204)


@extend_schema_view(
    get=extend_schema(
        summary="List who has joined with an invite link",
        operation_id="invite_link_uses_list",
        responses=InviteLinkUseSchema(many=True),
    )
)
class InviteLinkUseListView(ApiView):
    """Who has joined with a link."""

    queryset = InviteLinkUse.objects.none()  # for the schema
    pagination_class = MemberPages

    def get(self, request: Request, link_id: str) -> Response:
        """A page of people, in the order in which they joined."""
        uses = invite_link_uses(get_invite_link_for(self.person, link_id))
        return self.get_paginated_response([_use_body(use) for use in self.paginate_queryset(uses) or []])


def _use_body(use: InviteLinkUse) -> dict[str, Any]:
    return {
        "user_id": use.user.pk,
        "user_name": use.user.username,
        "display_name": use.user.shown_name,
        "avatar": use.user.avatar,
        "used_at": timestamp(use.used_at),
    }


@extend_schema_view(
    post=extend_schema(
        summary="Join a room with an invite link",
        description="The link is in the body, not in the address, so that it is in no log. A link that doesn't work "
        "any more is refused with 409. Members get their membership; the use is not counted.",
        operation_id="join",
        request=InviteToJoin,
        responses={201: MemberSchema},
    )
)
class JoinView(ApiView):
    """Join with a link."""

    def post(self, request: Request) -> Response:
        """Join the room of a link; returns the membership."""
        token = parsed(InviteToJoin, request)["link"].rstrip("/").rpartition("/")[2]
        find_invite_link(request._request, token)
        return Response(member_body(invite_link_join(user=self.person, token=token)), status=201)
