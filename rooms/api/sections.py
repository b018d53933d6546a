"""The sections of the requesting user's list of rooms."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.selectors.sections import get_section_for, sections_of
from rooms.serializers.sections import NewSection, SectionChanges, SectionSchema
from rooms.services.sections import MAX_SECTIONS, section_create, section_delete, section_update
from rooms.wire import section_wire


@extend_schema_view(
    get=extend_schema(
        summary="List the sections of my list of rooms",
        description=f"In their order; at most {MAX_SECTIONS}.",
        operation_id="sections_list",
        responses=SectionSchema(many=True),
    ),
    post=extend_schema(
        summary="Create a section of my list of rooms",
        description="It comes last. `PATCH rooms/<name>/membership/` puts rooms into it. Your sockets that watch "
        "receive `sections` in `unread`.",
        operation_id="sections_create",
        request=NewSection,
        responses={201: SectionSchema},
    ),
)
class SectionListView(ApiView):
    """The requesting user's sections."""

    def get(self, request: Request) -> Response:
        """All sections."""
        return Response([section_wire(section) for section in sections_of(self.person)])

    def post(self, request: Request) -> Response:
        """Create one."""
        return Response(section_wire(section_create(user=self.person, **parsed(NewSection, request))), status=201)


@extend_schema_view(
    get=extend_schema(summary="Get a section", operation_id="sections_read", responses=SectionSchema),
    patch=extend_schema(
        summary="Rename, collapse, expand or move a section",
        operation_id="sections_update",
        request=SectionChanges,
        responses=SectionSchema,
    ),
    delete=extend_schema(
        summary="Delete a section",
        description="Its rooms return to your list.",
        operation_id="sections_delete",
        responses={204: OpenApiResponse(description="Done.")},
    ),
)
class SectionView(ApiView):
    """One of the requesting user's sections."""

    def get(self, request: Request, section_id: int) -> Response:
        """The section."""
        return Response(section_wire(get_section_for(self.person, section_id)))

    def patch(self, request: Request, section_id: int) -> Response:
        """Change it."""
        changes = parsed(SectionChanges, request)
        return Response(section_wire(section_update(user=self.person, section_id=section_id, **changes)))

    def delete(self, request: Request, section_id: int) -> Response:
        """Delete it."""
        section_delete(user=self.person, section_id=section_id)
        return Response(status=204)
