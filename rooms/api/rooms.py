"""Rooms: list, create, read, update, delete, and hide."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import (
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.api.filters import RoomFilter
from rooms.api.pagination import RoomPages
from rooms.models import Membership, Room
from rooms.rate_limits import Budget
from rooms.selectors.members import get_membership
from rooms.selectors.people import get_people
from rooms.selectors.restrictions import mute_of
from rooms.selectors.room_titles import direct_room_exists, titles_for
from rooms.selectors.rooms import first_readable_rooms, get_room_for, readable_rooms
from rooms.serializers.rooms import NewDirectRoom, NewRoom, RoomChanges, RoomSchema
from rooms.services.direct_rooms import direct_room_hide, direct_room_open
from rooms.services.rooms import room_create, room_delete, room_update
from rooms.wire import room_wire, timestamp


def room_body(room: Room, role: str | None, title: str) -> dict[str, Any]:
    """The response body for a room: its wire form and the requesting user's role.

    `title` is the title as that user sees it, used for direct rooms, which have no title of their own.
    """
    body = room_wire(room) | {"role": role}
    return body | {"title": title} if room.kind == Room.Kind.DIRECT else body


@extend_schema_view(
    get=extend_schema(
        summary="List my rooms and public rooms, by name", operation_id="rooms_list", responses=RoomSchema(many=True)
    ),
    post=extend_schema(
        summary="Create a room, or open a direct room",
        description="A direct room is created once for the same people (201); after that, the existing room is "
        "returned (200).",
        operation_id="rooms_create",
        request=PolymorphicProxySerializer(
            component_name="NewRoomOfAnyKind", serializers=[NewRoom, NewDirectRoom], resource_type_field_name=None
        ),
        responses={201: RoomSchema, 200: RoomSchema},
    ),
)
class RoomListView(ApiView):
    """List readable rooms; create a room."""

    queryset = Room.objects.none()  # for the schema
    pagination_class = RoomPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = RoomFilter

    def get(self, request: Request) -> Response:
        """A page of rooms."""
        if request.query_params.keys() - {"limit"}:
            page = self.paginate_queryset(self.filter_queryset(readable_rooms(self.person))) or []
        else:
            assert isinstance(self.paginator, RoomPages)
            page = self.paginator.paginate_first(request, partial(first_readable_rooms, self.person))
        titles = titles_for(self.person, page)
        bodies = [room_body(room, vars(room)["my_role"], titles[room.pk]) for room in page]
        return self.get_paginated_response(bodies)

    def post(self, request: Request) -> Response:
        """Create a room, owned by the requesting user, or open a direct room, where all members have the same role."""
        if isinstance(request.data, dict) and request.data.get("kind") == Room.Kind.DIRECT:
            return self.open_direct(request)
        self.charge_request(Budget.ROOMS)
        room = room_create(by=self.person, **parsed(NewRoom, request))
        return self.answer(room, Membership.Role.OWNER, status=201)

    def open_direct(self, request: Request) -> Response:
        """Return the direct room with these people: 201 if it is new, 200 if it exists."""
        people = get_people(parsed(NewDirectRoom, request)["user_names"])
        if not direct_room_exists(self.person, people):
            self.charge_request(Budget.DIRECT_ROOMS)
        room, created = direct_room_open(by=self.person, people=people)
        return self.answer(room, Membership.Role.MEMBER, status=201 if created else 200)

    def answer(self, room: Room, role: str, *, status: int) -> Response:
        """The response with the room, and with its address if it is new."""
        headers = {"Location": reverse("api:api_room", args=[room.name])} if status == 201 else None
        title = titles_for(self.person, [room])[room.pk]
        return Response(room_body(room, role, title), status=status, headers=headers)


@extend_schema_view(
    get=extend_schema(summary="Get a room", operation_id="rooms_read", responses=RoomSchema),
    patch=extend_schema(
        summary="Update a room (owners and moderators)",
        operation_id="rooms_update",
        request=RoomChanges,
        responses=RoomSchema,
    ),
    delete=extend_schema(
        summary="Delete a room with all its messages (owners)",
        operation_id="rooms_delete",
        responses={204: OpenApiResponse(description="Deleted.")},
    ),
)
class RoomView(ApiView):
    """One room."""

    def get(self, request: Request, name: str) -> Response:
        """The room."""
        return self.answer(get_room_for(self.person, name))

    def patch(self, request: Request, name: str) -> Response:
        """Update title, description, kind or guest access."""
        room = get_room_for(self.person, name)
        return self.answer(room_update(by=self.person, room=room, **parsed(RoomChanges, request)))

    def delete(self, request: Request, name: str) -> Response:
        """Delete the room and all its messages."""
        room_delete(by=self.person, room=get_room_for(self.person, name))
        return Response(status=204)

    def answer(self, room: Room) -> Response:
        """The response with the room and the requesting user's role."""
        membership = get_membership(self.person, room)
        role = membership.role if membership else None
        title = titles_for(self.person, [room])[room.pk]
        mute = mute_of(self.person, room)
        muted = {"until": timestamp(mute.until) if mute.until else None, "reason": mute.reason} if mute else None
        return Response(room_body(room, role, title) | {"muted": muted})


@extend_schema_view(
    post=extend_schema(
        summary="Hide a direct room from my list",
        description="It reappears with its next message, or when you open it again. To leave it permanently, use "
        "`DELETE members/<your user name>/`.",
        operation_id="rooms_hide",
        request=None,
        responses={204: OpenApiResponse(description="Done.")},
    )
)
class HideView(ApiView):
    """Hide a direct room."""

    def post(self, request: Request, name: str) -> Response:
        """Hide it for the requesting user only."""
        direct_room_hide(user=self.person, room=get_room_for(self.person, name))
        return Response(status=204)
