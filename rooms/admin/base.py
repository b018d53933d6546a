"""The base of the admin classes: calling services as the admin, and reporting their errors."""

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
    """The signed-in admin; the admin site lets nobody else in."""
    return cast(User, request.user)


Deletion = tuple[list[Any], dict[str, int], set[str], list[Any]]  # the result of `get_deleted_objects`


def deletion_summary(
    model_admin: admin.ModelAdmin[ModelType], request: HttpRequest, rows: list[ModelType], counts: dict[str, int]
) -> Deletion:
    """The objects deleted along with rows, as counts: they may be a hundred thousand, too many to list."""
    allowed = all(model_admin.has_delete_permission(request, row) for row in rows)
    return [str(row) for row in rows], counts, set() if allowed else {str(model_admin.opts.verbose_name)}, []


class AccountsAdmin(admin.ModelAdmin[ModelType]):
    """Accounts and what belongs to them: admins can't change those of people with higher rights.

    Every page, form and action that changes or deletes a row checks this here; bulk actions check every row.
    """

    def account_of(self, obj: ModelType) -> User | None:
        """The account the row belongs to, or None: that of its field `user`, unless a subclass says otherwise."""
        user: User | None = obj.user  # type: ignore[attr-defined]
        return user

    def may_manage_account(self, request: HttpRequest, obj: ModelType | None) -> bool:
        """Whether the admin may change the row; None stands for the model as a whole."""
        user = self.account_of(obj) if obj is not None else None
        return user is None or may_manage_account(admin_of(request), user)

    def has_change_permission(self, request: HttpRequest, obj: ModelType | None = None) -> bool:
        """Not for accounts with higher rights."""
        return super().has_change_permission(request, obj) and self.may_manage_account(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: ModelType | None = None) -> bool:
        """Not for accounts with higher rights."""
        return super().has_delete_permission(request, obj) and self.may_manage_account(request, obj)

    def check_may_touch(self, request: HttpRequest, rows: Iterable[ModelType]) -> None:
        """Raise PermissionDenied if the admin may not change one of the rows."""
        if not all(self.may_manage_account(request, row) for row in rows):
            raise PermissionDenied


class ServiceAdmin(admin.ModelAdmin[ModelType]):
    """A model that is written through services. Their errors are shown as messages, and all changes are rolled back."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form."""
        view = super().changeform_view
        return self.report_errors(request, lambda: view(request, object_id, form_url, extra_context))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The confirmation page."""
        view = super().delete_view
        return self.report_errors(request, lambda: view(request, object_id, extra_context))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list with its actions, which apply to all selected rows or to none."""
        view = super().changelist_view
        return self.report_errors(request, lambda: view(request, extra_context))

    def report_errors(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        """The response of `view`, or, after a service's error, the same page with its message."""
        try:
            with transaction.atomic():
                return view()
        except ServiceError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyInline(admin.TabularInline[ModelType, Model]):
    """Read-only rows, shown on the page of the object they belong to."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelType]:
        """The rows with their related objects."""
        return super().get_queryset(request).select_related()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Not allowed: only services write them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Not allowed: only services write them."""
        return False
