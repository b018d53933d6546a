"""Tasks: find, add, change, assign, complete and delete."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from notifications.models import Task
from notifications.services.tasks import TaskChanges, task_complete, task_create, task_delete, task_reopen, task_update
from rooms.admin.base import MessagesAdmin, ServiceAdmin, admin_of
from rooms.models import AuditAction

DONE, OPEN = {"state": Task.State.DONE}, {"state": Task.State.OPEN}
CHANGEABLE = ("title", "description", "assignee", "due_on")


@admin.register(Task)
class TaskAdmin(ServiceAdmin[Task], MessagesAdmin[Task]):
    """Tasks. All changes go through services, so that people are notified as for changes over the API."""

    recorded_by_services = ("delete",)
    list_display = ("title", "state", "assignee", "due_on", "room", "created_by", "created_at", "completed_at")
    list_filter = (
        "state",
        ("assignee", admin.EmptyFieldListFilter),
        ("room", admin.EmptyFieldListFilter),
        "due_on",
        "created_at",
        "completed_at",
    )
    list_select_related = ("assignee", "room", "created_by")
    search_fields = ("title", "description", "room__name", "assignee__username", "created_by__username")
    fields = (
        *CHANGEABLE,
        "room",
        "message",
        "state",
        "created_by",
        "created_at",
        "completed_by",
        "completed_at",
    )
    autocomplete_fields = ("assignee", "room")
    actions = ("complete_tasks", "reopen_tasks")

    def get_readonly_fields(self, request: HttpRequest, obj: Task | None = None) -> tuple[str, ...]:
        """The room can't be changed; the state is changed by the list's actions."""
        kept = ("message", "state", "created_by", "created_at", "completed_by", "completed_at")
        return kept if obj is None else ("room", *kept)

    def save_model(self, request: HttpRequest, obj: Task, form: ModelForm[Task], change: bool) -> None:
        """Save through `task_create` or `task_update`."""
        given = form.cleaned_data
        if not change:
            obj.pk = task_create(by=admin_of(request), **given).pk
            return
        changes: TaskChanges = {name: given[name] for name in CHANGEABLE if name in form.changed_data}  # type: ignore[assignment]
        task_update(by=admin_of(request), task=obj, **changes)

    def delete_model(self, request: HttpRequest, obj: Task) -> None:
        """Delete through `task_delete`."""
        task_delete(by=admin_of(request), task=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """Delete the tasks one by one."""
        for task in queryset.order_by("room_id", "pk"):
            self.delete_model(request, task)

    @admin.action(description=_("Mark as done"), permissions=["change"])
    def complete_tasks(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """Complete the tasks through `task_complete`."""
        for task in queryset.order_by("room_id", "pk"):
            self.record(AuditAction.ADMIN_CHANGED, task_complete(by=admin_of(request), task=task), after=DONE)
        self.message_user(request, _("Tasks marked as done."))

    @admin.action(description=_("Reopen"), permissions=["change"])
    def reopen_tasks(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """Reopen the tasks through `task_reopen`."""
        for task in queryset.order_by("room_id", "pk"):
            self.record(AuditAction.ADMIN_CHANGED, task_reopen(by=admin_of(request), task=task), after=OPEN)
        self.message_user(request, _("Tasks reopened."))
