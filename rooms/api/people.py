"""People: search, the requesting user's profile and picture."""

from __future__ import annotations

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.api.filters import PersonFilter
from rooms.api.pagination import PersonPages
from rooms.errors import InvalidField
from rooms.files.pictures import MAX_SQUARE_BYTES
from rooms.models import User
from rooms.selectors.people import active_people
from rooms.serializers.people import MeSchema, PersonSchema, ProfileChanges
from rooms.services.profile import picture_remove, picture_set, profile_update


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
    return person_body(user) | {"show_link_previews": user.show_link_previews}


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
            raise InvalidField("The body must be a picture.")
        return Response(me_body(picture_set(user=self.person, data=request.data)))

    def delete(self, request: Request) -> Response:
        """Remove the picture; initials are shown instead."""
        return Response(me_body(picture_remove(user=self.person)))
