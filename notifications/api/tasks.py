"""Tasks: list, create, update, assign, complete, reopen and delete."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.api.lists import TaskFilter, TaskPages
from notifications.models import Task
from notifications.selectors import tasks as selectors
from notifications.serializers import NewAssignee, NewTask, TaskChanges, TaskSchema
from notifications.services.tasks import task_assign, task_complete, task_create, task_delete, task_reopen, task_update
from notifications.wire import task_wire
from rooms.api.base import ApiView, parsed
from rooms.errors import InvalidField, NotFound
from rooms.models import User
from rooms.selectors.messages import get_message
from rooms.selectors.people import NO_PERSON, get_person
from rooms.selectors.rooms import get_room_for


def assignee_named(user_name: str | None) -> User | None:
    """The user with that name, or None for nobody. Raises NotFound."""
    if user_name is None:
        return None
    try:
        return get_person(user_name)
    except NotFound as error:
        raise NotFound(NO_PERSON, field="assignee") from error


@extend_schema_view(
    get=extend_schema(
        summary="List tasks I can read, newest first",
        operation_id="tasks_list",
        responses=TaskSchema(many=True),
    ),
    post=extend_schema(
        summary="Create a task",
        description="Publishes `New task created: <title>` on the topic `tasks`, or, for a task of a private or direct "
        "room, on the own topics of its members.",
        operation_id="tasks_create",
        request=NewTask,
        responses={201: TaskSchema},
    ),
)
class TaskListView(ApiView):
    """List and create tasks."""

    queryset = Task.objects.none()  # for the schema
    pagination_class = TaskPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = TaskFilter

    def get(self, request: Request) -> Response:
        """A page of tasks."""
        page = self.paginate_queryset(self.filter_queryset(selectors.tasks_for(self.person)))
        return self.get_paginated_response([task_wire(task) for task in page or []])

    def post(self, request: Request) -> Response:
        """Create a task."""
        wanted = parsed(NewTask, request)
        room_name, seq = wanted.get("room_name"), wanted.get("seq")
        if seq is not None and room_name is None:
            raise InvalidField(_("seq requires the room_name of the message."))
        room = get_room_for(self.person, room_name) if room_name is not None else None
        task = task_create(
            by=self.person,
            title=wanted["title"],
            description=wanted.get("description"),
            assignee=assignee_named(wanted.get("assignee")),
            due_on=wanted.get("due_on"),
            room=room,
            message=get_message(room, seq) if room is not None and seq is not None else None,
        )
        return Response(task_wire(task), status=201, headers={"Location": reverse("api:api_task", args=[task.pk])})


@extend_schema_view(
    get=extend_schema(summary="Get a task", operation_id="tasks_read", responses=TaskSchema),
    patch=extend_schema(
        summary="Update a task",
        description="Its creator and assignee, the room's owners and moderators, and staff can change a task. While it "
        "is not assigned, everyone who can read it can assign, complete and reopen it.",
        operation_id="tasks_update",
        request=TaskChanges,
        responses=TaskSchema,
    ),
    delete=extend_schema(
        summary="Delete a task (its creator, the room's owners and moderators, staff)",
        operation_id="tasks_delete",
        responses={204: OpenApiResponse(description="Deleted.")},
    ),
)
class TaskView(ApiView):
    """One task."""

    def get(self, request: Request, task_id: int) -> Response:
        """The task."""
        return Response(task_wire(selectors.get_task_for(self.person, task_id)))

    def patch(self, request: Request, task_id: int) -> Response:
        """Update the given fields."""
        task = selectors.get_task_for(self.person, task_id)
        changes = parsed(TaskChanges, request)
        if "assignee" in changes:
            changes["assignee"] = assignee_named(changes["assignee"])
        return Response(task_wire(task_update(by=self.person, task=task, **changes)))

    def delete(self, request: Request, task_id: int) -> Response:
        """Delete the task."""
        task_delete(by=self.person, task=selectors.get_task_for(self.person, task_id))
        return Response(status=204)


@extend_schema_view(
    post=extend_schema(
        summary="Assign a task, or unassign it",
        operation_id="tasks_assign",
        request=NewAssignee,
        responses={200: TaskSchema},
    )
)
class TaskAssignView(ApiView):
    """Assign a task."""

    def post(self, request: Request, task_id: int) -> Response:
        """Assign the task; the assignee is notified."""
        task = selectors.get_task_for(self.person, task_id)
        assignee = assignee_named(parsed(NewAssignee, request)["assignee"])
        return Response(task_wire(task_assign(by=self.person, task=task, assignee=assignee)))


@extend_schema_view(
    post=extend_schema(
        summary="Mark a task as done", operation_id="tasks_complete", request=None, responses={200: TaskSchema}
    )
)
class TaskCompleteView(ApiView):
    """Complete a task."""

    def post(self, request: Request, task_id: int) -> Response:
        """Mark the task as done."""
        task = selectors.get_task_for(self.person, task_id)
        return Response(task_wire(task_complete(by=self.person, task=task)))


@extend_schema_view(
    post=extend_schema(summary="Reopen a task", operation_id="tasks_reopen", request=None, responses={200: TaskSchema})
)
class TaskReopenView(ApiView):
    """Reopen a task."""

    def post(self, request: Request, task_id: int) -> Response:
        """Mark the task as open."""
        task = selectors.get_task_for(self.person, task_id)
        return Response(task_wire(task_reopen(by=self.person, task=task)))
