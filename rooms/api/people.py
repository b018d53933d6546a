"""People: search, the requesting user's profile and picture."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.api.filters import PersonFilter
from rooms.api.pagination import PersonPages
from rooms.api.schema import PATH_SCHEMAS
from rooms.errors import InvalidField
from rooms.files.pictures import MAX_SQUARE_BYTES
from rooms.models import User
from rooms.selectors.people import active_people
from rooms.selectors.person_cards import PersonCard, person_card
from rooms.selectors.statuses import status_of
from rooms.serializers.people import MeSchema, NewStatus, PersonCardSchema, PersonSchema, ProfileChanges, StatusSchema
from rooms.services.profile import picture_remove, picture_set, profile_update
from rooms.services.statuses import status_clear, status_set
from rooms.wire import status_wire


class BytesParser(BaseParser):
    """Reads any body as bytes, whatever its content type: a picture is recognised by its content."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the body, at most one byte more than the limit, which is enough to reject it."""
        return stream.read(MAX_SQUARE_BYTES + 1)


def person_body(user: User) -> dict[str, Any]:
    """The response body for a person."""
    return {
        "user_id": user.pk,
        "user_name": user.username,
        "display_name": user.shown_name,
        "avatar": user.avatar,
    }


def me_body(user: User) -> dict[str, Any]:
    """The response body for the requesting user."""
    return person_body(user) | {
        "show_link_previews": user.show_link_previews,
        "time_zone": user.time_zone,
        "language": user.language,
    }


def card_body(card: PersonCard) -> dict[str, Any]:
    """The response body for a person's card."""
    return person_body(card.person) | {
        "online": card.online,
        "away": card.away,
        "time_zone": card.person.time_zone or None,
        "local_time": card.local_time and card.local_time.isoformat(timespec="seconds"),
        "role": card.role,
        "shared_rooms": [{"name": room.name, "title": room.shown_title} for room in card.shared_rooms],
        "shared_room_count": card.shared_room_count,
        "blocked": card.blocked,
        "status": status_wire(card.status),
        "not_disturbed": card.not_disturbed,
    }


@extend_schema_view(
    get=extend_schema(summary="List people with an account, by user name", operation_id="people_list",
                      responses=PersonSchema(many=True)),
)  # fmt: skip
class PersonListView(ApiView):
    """All people with an active account."""

    queryset = User.objects.none()  # for the schema
    pagination_class = PersonPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = PersonFilter

    def get(self, request: Request) -> Response:
        """A page of people."""
        page = self.paginate_queryset(self.filter_queryset(active_people()))
        return self.get_paginated_response([person_body(user) for user in page or []])


@extend_schema_view(
    get=extend_schema(
        summary="Get a person's profile card",
        description="By their present or a past user name.",
        operation_id="people_read",
        parameters=[
            OpenApiParameter("room_name", PATH_SCHEMAS["room_name"], description="A room, for their role in it.")
        ],
        responses=PersonCardSchema,
    ),
)
class PersonView(ApiView):
    """One person."""

    def get(self, request: Request, user_name: str) -> Response:
        """The person as the requesting user sees them."""
        return Response(card_body(person_card(self.person, user_name, room_name=request.query_params.get("room_name"))))


@extend_schema_view(
    get=extend_schema(summary="Get my profile", operation_id="me_read", responses=MeSchema),
    patch=extend_schema(
        summary="Change my profile",
        description="Everybody sees a new display name at once. If it is empty, your user name is shown.",
        operation_id="me_update",
        request=ProfileChanges,
        responses=MeSchema,
    ),
)
class MeView(ApiView):
    """The requesting user's profile."""

    def get(self, request: Request) -> Response:
        """The profile."""
        return Response(me_body(self.person))

    def patch(self, request: Request) -> Response:
        """Change the given fields."""
        return Response(me_body(profile_update(user=self.person, **parsed(ProfileChanges, request))))


@extend_schema_view(
    get=extend_schema(
        summary="Get my status",
        description="null if there is none.",
        operation_id="me_status_read",
        responses=StatusSchema(allow_null=True),
    ),
    put=extend_schema(
        summary="Set my status",
        description="Others see it in your profile card.",
        operation_id="me_status_update",
        request=NewStatus,
        responses=StatusSchema,
    ),
    delete=extend_schema(
        summary="Clear my status",
        operation_id="me_status_delete",
        responses={204: OpenApiResponse(description="Done.")},
    ),
)
class MyStatusView(ApiView):
    """What the requesting user says that they are doing."""

    def get(self, request: Request) -> Response:
        """The status."""
        return Response(status_wire(status_of(self.person)))

    def put(self, request: Request) -> Response:
        """Set it."""
        return Response(status_wire(status_set(user=self.person, **parsed(NewStatus, request))))

    def delete(self, request: Request) -> Response:
        """Clear it."""
        status_clear(user=self.person)
        return Response(status=204)


@extend_schema_view(
    put=extend_schema(
        summary="Change my picture",
        description="The body is the image: JPEG, PNG, WebP or GIF, at most 5 MB. It is cropped to the middle.",
        operation_id="me_avatar_update",
        request={"image/*": {"type": "string", "format": "binary"}},
        responses=MeSchema,
    ),
    delete=extend_schema(summary="Remove my picture", operation_id="me_avatar_delete", responses={200: MeSchema}),
)
class MyAvatarView(ApiView):
    """The requesting user's picture."""

    parser_classes = [BytesParser]

    def put(self, request: Request) -> Response:
        """Change the picture."""
        if not isinstance(request.data, bytes):  # REST framework does not parse an empty body
            raise InvalidField(_("The body must be a picture."))
        return Response(me_body(picture_set(user=self.person, data=request.data)))

    def delete(self, request: Request) -> Response:
        """Remove the picture; initials are shown instead."""
        return Response(me_body(picture_remove(user=self.person)))
