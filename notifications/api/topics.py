"""Topics: list, create, update and delete."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.api.lists import TopicPages
from notifications.models import Topic
from notifications.selectors import topics as selectors
from notifications.serializers import NewTopic, TopicChanges, TopicSchema
from notifications.services.topics import topic_create, topic_delete, topic_update
from notifications.wire import topic_wire
from rooms.api.base import ApiView, parsed
from rooms.models import User

# A topic's name, or `@` and a user name.
TOPIC_PATH = {"name": {"type": "string", "pattern": r"^([a-z0-9._-]{1,64}|@[^\u0000]{1,150})$"}}


def topic_body(topic: Topic, user: User) -> dict[str, Any]:
    """The response body for a topic: its wire form, and whether the requesting user may publish on it."""
    return topic_wire(topic) | {"may_publish": selectors.may_publish(user, topic)}


@extend_schema_view(
    get=extend_schema(
        summary="List topics I can subscribe to, by name",
        description="Your own topic, `@` followed by your user name, always exists but is not listed.",
        operation_id="topics_list",
        responses=TopicSchema(many=True),
    ),
    post=extend_schema(
        summary="Create a topic (staff)", operation_id="topics_create", request=NewTopic, responses={201: TopicSchema}
    ),
)
class TopicListView(ApiView):
    """List and create topics."""

    queryset = Topic.objects.none()  # for the schema
    pagination_class = TopicPages

    def get(self, request: Request) -> Response:
        """A page of topics."""
        page = self.paginate_queryset(selectors.topics_for(self.person).select_related("owner"))
        return self.get_paginated_response([topic_body(topic, self.person) for topic in page or []])

    def post(self, request: Request) -> Response:
        """Create a topic."""
        topic = topic_create(by=self.person, **parsed(NewTopic, request))
        headers = {"Location": reverse("api:api_topic", args=[topic.name])}
        return Response(topic_body(topic, self.person), status=201, headers=headers)


@extend_schema_view(
    get=extend_schema(summary="Get a topic", operation_id="topics_read", responses=TopicSchema),
    patch=extend_schema(
        summary="Update a topic (staff)", operation_id="topics_update", request=TopicChanges, responses=TopicSchema
    ),
    delete=extend_schema(
        summary="Delete a topic with all its notifications (staff)",
        operation_id="topics_delete",
        responses={204: OpenApiResponse(description="Deleted.")},
    ),
)
class TopicView(ApiView):
    """One topic."""

    path_schemas = TOPIC_PATH

    def get(self, request: Request, name: str) -> Response:
        """The topic."""
        return Response(topic_body(selectors.get_topic_for(self.person, name), self.person))

    def patch(self, request: Request, name: str) -> Response:
        """Update title, description, subscribers or publishers."""
        topic = selectors.get_topic_for(self.person, name)
        changed = topic_update(by=self.person, topic=topic, **parsed(TopicChanges, request))
        return Response(topic_body(changed, self.person))

    def delete(self, request: Request, name: str) -> Response:
        """Delete the topic and all its notifications."""
        topic_delete(by=self.person, topic=selectors.get_topic_for(self.person, name))
        return Response(status=204)
