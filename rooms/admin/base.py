"""How the admin calls services: who does it, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from rooms.errors import ServiceError
from rooms.models import User
from rooms.selectors.rank import may_manage_account

ModelType = TypeVar("ModelType", bound=Model)


def admin_of(request: HttpRequest) -> User:
    """Who is at the admin; its own check has let nobody else in."""
    return cast(User, request.user)


Deletion = tuple[list[Any], dict[str, int], set[str], list[Any]]  # what `get_deleted_objects` gives


def deletion_in_numbers(
    model_admin: admin.ModelAdmin[ModelType], request: HttpRequest, rows: list[ModelType], counts: dict[str, int]
) -> Deletion:
    """What goes with rows when they are deleted, as numbers: a list of a hundred thousand helps nobody."""
    allowed = all(model_admin.has_delete_permission(request, row) for row in rows)
    return [str(row) for row in rows], counts, set() if allowed else {str(model_admin.opts.verbose_name)}, []


class AccountsAdmin(admin.ModelAdmin[ModelType]):
    """Accounts, and what is open in their names: nobody touches those of people above them.

    Every page, form and action that changes or deletes a row asks here. What does something to many asks for each.
    """

    def account_of(self, obj: ModelType) -> User | None:
        """Whose it is; None for nobody's."""
        raise NotImplementedError

    def may_manage_account(self, request: HttpRequest, obj: ModelType | None) -> bool:
        """Whether the row is that of somebody whom the admin may touch; None stands for the model as a whole."""
        user = self.account_of(obj) if obj is not None else None
        return user is None or may_manage_account(admin_of(request), user)

    def has_change_permission(self, request: HttpRequest, obj: ModelType | None = None) -> bool:
        """Not of those above."""
        return super().has_change_permission(request, obj) and self.may_manage_account(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: ModelType | None = None) -> bool:
        """Not of those above."""
        return super().has_delete_permission(request, obj) and self.may_manage_account(request, obj)

    def check_may_touch(self, request: HttpRequest, rows: Iterable[ModelType]) -> None:
        """Raise PermissionDenied when one of the rows is of somebody above."""
        if not all(self.may_manage_account(request, row) for row in rows):
            raise PermissionDenied


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
        return self.telling(request, lambda: view(request, object_id, form_url, extra_context))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The confirmation."""
        view = super().delete_view
        return self.telling(request, lambda: view(request, object_id, extra_context))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list with its actions, each done to all that is selected or to nothing."""
        view = super().changelist_view
        return self.telling(request, lambda: view(request, extra_context))

    def telling(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        """What `view` answers; when a service refuses, its sentence on the same page."""
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
