"""Rooms: the list, making one, and one by name."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import selectors, services
from rooms.api.base import ApiView, parsed
from rooms.api.filters import RoomFilter
from rooms.api.pagination import RoomPages
from rooms.models import Membership, Room
from rooms.serializers import NewRoom, RoomChanges, RoomForm
from rooms.wire import room_wire


def room_form(room: Room, role: str | None) -> dict[str, Any]:
    """A room as the API answers it: its wire form, and what the asking person is in it."""
    return room_wire(room) | {"role": role}


@extend_schema_view(
    get=extend_schema(
        summary="My rooms and the open ones, by name", operation_id="rooms_list", responses=RoomForm(many=True)
    ),
    post=extend_schema(summary="Make a room", operation_id="rooms_create", request=NewRoom, responses={201: RoomForm}),
)
class RoomListView(ApiView):
    """The rooms one may read, and making another."""

    queryset = Room.objects.none()  # for the schema
    pagination_class = RoomPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = RoomFilter

    def get(self, request: Request) -> Response:
        """A page of rooms."""
        page = self.paginate_queryset(self.filter_queryset(selectors.readable_rooms(self.person)))
        return self.get_paginated_response([room_form(room, vars(room)["my_role"]) for room in page or []])

    def post(self, request: Request) -> Response:
        """A new room, owned by who makes it."""
        room = services.room_create(by=self.person, **parsed(NewRoom, request))
        where = {"Location": reverse("api_room", args=[room.name])}
        return Response(room_form(room, Membership.Role.OWNER), status=201, headers=where)


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
        return self.answer(selectors.get_room_for(self.person, name))

    def patch(self, request: Request, name: str) -> Response:
        """Title, description, kind, guests."""
        room = selectors.get_room_for(self.person, name)
        return self.answer(services.room_update(by=self.person, room=room, **parsed(RoomChanges, request)))

    def delete(self, request: Request, name: str) -> Response:
        """For good."""
        services.room_delete(by=self.person, room=selectors.get_room_for(self.person, name))
        return Response(status=204)

    def answer(self, room: Room) -> Response:
        """The room with the asking person's role."""
        membership = selectors.get_membership(self.person, room)
        return Response(room_form(room, membership.role if membership else None))
