"""The people a user has blocked."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api.base import ApiView, parsed
from rooms.api.members import GONE
from rooms.api.pagination import MemberPages
from rooms.models import Block
from rooms.selectors.blocks import blocks_of
from rooms.selectors.people import get_person
from rooms.serializers.blocks import BlockSchema, NewBlock
from rooms.services.blocks import user_block, user_unblock
from rooms.wire import timestamp


def block_body(block: Block) -> dict[str, Any]:
    """The response body for a block. Reads `block.user`, so select it, too."""
    return {
        "user_name": block.user.username,
        "display_name": block.user.shown_name,
        "avatar": block.user.avatar,
        "created_at": timestamp(block.created_at),
    }


@extend_schema_view(
    get=extend_schema(
        summary="List the people I have blocked, oldest block first",
        operation_id="blocks_list",
        responses=BlockSchema(many=True),
    ),
    post=extend_schema(
        summary="Block a person",
        description="They can't write to you in a direct room of two, start one with you, invite you or assign tasks "
        "to you, and you are not notified of their mentions. They are not told. Blocking them again changes nothing.",
        operation_id="blocks_create",
        request=NewBlock,
        responses={201: BlockSchema},
    ),
)
class BlockListView(ApiView):
    """List and create blocks."""

    queryset = Block.objects.none()  # for the schema
    pagination_class = MemberPages

    def get(self, request: Request) -> Response:
        """A page of blocks."""
        page = self.paginate_queryset(blocks_of(self.person))
        return self.get_paginated_response([block_body(block) for block in page or []])

    def post(self, request: Request) -> Response:
        """Block a person."""
        user = get_person(parsed(NewBlock, request)["user_name"])
        return Response(block_body(user_block(by=self.person, user=user)), status=201)


@extend_schema_view(delete=extend_schema(summary="Unblock a person", operation_id="blocks_delete", responses=GONE))
class BlockView(ApiView):
    """One block."""

    def delete(self, request: Request, user_name: str) -> Response:
        """Unblock the person."""
        user_unblock(by=self.person, user=get_person(user_name))
        return Response(status=204)
