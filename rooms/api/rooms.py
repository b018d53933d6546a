"""Rooms: the list, making one, and one by name."""

from __future__ import annotations

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
from rooms.selectors.room_titles import direct_room_exists, titles_for
from rooms.selectors.rooms import get_room_for, readable_rooms
from rooms.serializers.rooms import NewDirectRoom, NewRoom, RoomChanges, RoomForm
from rooms.services.direct_rooms import direct_room_hide, direct_room_open
from rooms.services.rooms import room_create, room_delete, room_update
from rooms.wire import room_wire


def room_form(room: Room, role: str | None, title: str) -> dict[str, Any]:
    """A room as the API answers it: its wire form, and what the asking person is in it.

    `title` is the room's as that person sees it; only a direct one has none of its own.
    """
    form = room_wire(room) | {"role": role}
    return form | {"title": title} if room.kind == Room.Kind.DIRECT else form


@extend_schema_view(
    get=extend_schema(
        summary="My rooms and the open ones, by name", operation_id="rooms_list", responses=RoomForm(many=True)
    ),
    post=extend_schema(
        summary="Make a room, or open the direct room of some people",
        description="A direct room is made once for the same people and found again after that, with a 200.",
        operation_id="rooms_create",
        request=PolymorphicProxySerializer(
            component_name="NewRoomOfAnyKind", serializers=[NewRoom, NewDirectRoom], resource_type_field_name=None
        ),
        responses={201: RoomForm, 200: RoomForm},
    ),
)
class RoomListView(ApiView):
    """The rooms one may read, and making another."""

    queryset = Room.objects.none()  # for the schema
    pagination_class = RoomPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = RoomFilter

    def get(self, request: Request) -> Response:
        """A page of rooms."""
        page = self.paginate_queryset(self.filter_queryset(readable_rooms(self.person)))
        titles = titles_for(self.person, page or [])
        forms = [room_form(room, vars(room)["my_role"], titles[room.pk]) for room in page or []]
        return self.get_paginated_response(forms)

    def post(self, request: Request) -> Response:
        """A new room, owned by who makes it; or a direct one, in which all are alike."""
        if isinstance(request.data, dict) and request.data.get("kind") == Room.Kind.DIRECT:
            return self.open_direct(request)
        self.spend(Budget.ROOMS)
        room = room_create(by=self.person, **parsed(NewRoom, request))
        return self.answer(room, Membership.Role.OWNER, status=201)

    def open_direct(self, request: Request) -> Response:
        """The direct room with these people: 201 when it is new, 200 when it was found again."""
        people = get_people(parsed(NewDirectRoom, request)["user_names"])
        if not direct_room_exists(self.person, people):
            self.spend(Budget.DIRECT_ROOMS)
        room, made = direct_room_open(by=self.person, people=people)
        return self.answer(room, Membership.Role.MEMBER, status=201 if made else 200)

    def answer(self, room: Room, role: str, *, status: int) -> Response:
        """The room, with its address when it is new."""
        where = {"Location": reverse("api_room", args=[room.name])} if status == 201 else None
        title = titles_for(self.person, [room])[room.pk]
        return Response(room_form(room, role, title), status=status, headers=where)


@extend_schema_view(
    get=extend_schema(summary="A room", operation_id="rooms_read", responses=RoomForm),
    patch=extend_schema(
        summary="Change a room (owners and moderators)",
        operation_id="rooms_update",
        request=RoomChanges,
        responses=RoomForm,
    ),
    delete=extend_schema(
        summary="Delete a room with all its messages (owners)",
        operation_id="rooms_delete",
        responses={204: OpenApiResponse(description="It is gone.")},
    ),
)
class RoomView(ApiView):
    """One room."""

    def get(self, request: Request, name: str) -> Response:
        """The room itself."""
        return self.answer(get_room_for(self.person, name))

    def patch(self, request: Request, name: str) -> Response:
        """Title, description, kind, guests."""
        room = get_room_for(self.person, name)
        return self.answer(room_update(by=self.person, room=room, **parsed(RoomChanges, request)))

    def delete(self, request: Request, name: str) -> Response:
        """For good."""
        room_delete(by=self.person, room=get_room_for(self.person, name))
        return Response(status=204)

    def answer(self, room: Room) -> Response:
        """The room with the asking person's role."""
        membership = get_membership(self.person, room)
        role = membership.role if membership else None
        title = titles_for(self.person, [room])[room.pk]
        return Response(room_form(room, role, title))


@extend_schema_view(
    post=extend_schema(
        summary="Take a direct room out of my list",
        description="It is there again with its next message, or once I open it again. To leave it for good, "
        "`DELETE members/<my user name>/`.",
        operation_id="rooms_hide",
        request=None,
        responses={204: OpenApiResponse(description="Done.")},
    )
)
class HideView(ApiView):
    """Hiding a direct room."""

    def post(self, request: Request, name: str) -> Response:
        """Nobody else notices."""
        direct_room_hide(user=self.person, room=get_room_for(self.person, name))
        return Response(status=204)
