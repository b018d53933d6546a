"""How the admin calls services: who does it, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from rooms.errors import ServiceError
from rooms.models import User

ModelType = TypeVar("ModelType", bound=Model)


def admin_of(request: HttpRequest) -> User:
    """Who is at the admin; its own check has let nobody else in."""
    return cast(User, request.user)


Deletion = tuple[list[Any], dict[str, int], set[str], list[Any]]  # what `get_deleted_objects` gives


def deletion_in_numbers(
    model_admin: admin.ModelAdmin[ModelType], request: HttpRequest, rows: list[ModelType], counts: dict[str, int]
) -> Deletion:
    """What goes with rows when they are deleted, as numbers: a list of a hundred thousand helps nobody."""
    allowed = model_admin.has_delete_permission(request)
    return [str(row) for row in rows], counts, set() if allowed else {str(model_admin.opts.verbose_name)}, []


class ServiceAdmin(admin.ModelAdmin[ModelType]):
    """A model that is written through services. What they refuse is shown as a sentence, and nothing is kept of it."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form."""
        view = super().changeform_view
        return self._telling(request, lambda: view(request, object_id, form_url, extra_context))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The confirmation."""
        view = super().delete_view
        return self._telling(request, lambda: view(request, object_id, extra_context))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list with its actions, each done to all that is selected or to nothing."""
        view = super().changelist_view
        return self._telling(request, lambda: view(request, extra_context))

    def _telling(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            with transaction.atomic():
                return view()
        except ServiceError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyInline(admin.TabularInline[ModelType, Model]):
    """Rows that belong to another and are shown with it."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelType]:
        """With what they name."""
        return super().get_queryset(request).select_related()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Services write them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Services write them."""
        return False
