"""The base of the admin classes: calling services as the admin, and reporting their errors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, ClassVar, TypeVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import JSONField, Model, QuerySet, TextField
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from rooms.errors import ServiceError
from rooms.models import AuditAction, Room, User
from rooms.selectors.rank import may_manage_account
from rooms.services.audit import audit_record, changes, reading_record

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


class AuditedAdmin(admin.ModelAdmin[ModelType]):
    """The base of every admin class: the audit log has what is added, changed and deleted on its pages.

    `recorded_by_services` are those of "add", "change" and "delete" that a class does through services which record it.
    """

    recorded_by_services: ClassVar[Collection[str]] = ()

    def record(
        self,
        action: AuditAction,
        obj: Any,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Record what the present admin does to a row, and to whose."""
        user, room = getattr(obj, "user", None), getattr(obj, "room", None)
        audit_record(
            action,
            user=user if isinstance(user, User) else None,
            room=room if isinstance(room, Room) else None,
            target=f"{self.opts.label_lower} {obj.pk}",
            before=before,
            after=after,
        )

    def record_form(self, form: Any, *, add: bool) -> None:
        """Record a form that was saved."""
        before, after = self.changed_values(form, add=add)
        if add or after:
            self.record(AuditAction.ADMIN_ADDED if add else AuditAction.ADMIN_CHANGED, form.instance, before, after)

    def record_deletion(self, obj: ModelType) -> None:
        """Record that a row is about to be deleted."""
        self.record(AuditAction.ADMIN_DELETED, obj, before={"name": str(obj)})

    def changed_values(self, form: Any, *, add: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        """The values before and after a form was saved, without long texts and secrets."""
        names = [name for name in form.changed_data if self._may_record(name)]
        after = {name: _readable(form.cleaned_data.get(name)) for name in names}
        return ({}, after) if add else changes({name: self._initial(form, name) for name in names}, after)

    def _initial(self, form: Any, name: str) -> Any:
        """What a field had, as `_readable` shows it: forms have related objects as ids."""
        value, related = form.initial.get(name), self.opts.get_field(name).related_model
        if value is not None and isinstance(related, ModelBase) and not isinstance(value, list):
            return _readable(related._base_manager.filter(pk=value).first())
        return _readable(value)

    def _may_record(self, name: str) -> bool:
        if "password" in name or name not in {field.name for field in self.opts.get_fields()}:
            return False
        return not isinstance(self.opts.get_field(name), TextField | JSONField)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Record the form: this is called in its transaction, once it is saved."""
        if ("add" if add else "change") not in self.recorded_by_services:
            self.record_form(form, add=add)
        return super().construct_change_message(request, form, formsets, add)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Record what is about to be deleted."""
        if "delete" not in self.recorded_by_services:
            for obj in queryset:
                self.record_deletion(obj)
        return super().log_deletions(request, queryset)

    def response_action(  # type: ignore[override]  # the type stubs have an argument that Django has not
        self, request: HttpRequest, queryset: QuerySet[ModelType]
    ) -> HttpResponse | None:
        """Do the action for all selected rows or for none, and record it in the same transaction."""
        with transaction.atomic():
            return super().response_action(request, queryset)


def _readable(value: Any) -> Any:
    """A value of a form as the audit log shows it: several objects by their names."""
    if isinstance(value, list | tuple | QuerySet):
        return ", ".join(sorted(map(str, value)))
    return str(value) if isinstance(value, Model) else value


class MessagesAdmin(AuditedAdmin[ModelType]):
    """Rows with what people have written. That an admin reads those of a private room is recorded."""

    def room_of(self, obj: ModelType) -> Room | None:
        """The room that a row is about: that of its field `room`."""
        room: Room | None = obj.room  # type: ignore[attr-defined]
        return room

    def record_reading(self, request: HttpRequest, rows: Iterable[ModelType]) -> None:
        """Record that the admin sees these rows."""
        reading_record(by=admin_of(request), rooms=[room for row in rows if (room := self.room_of(row)) is not None])

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list."""
        response = super().changelist_view(request, extra_context)
        shown = (getattr(response, "context_data", None) or {}).get("cl")
        if shown is not None:
            self.record_reading(request, shown.result_list)
        return response

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ModelType | None:
        """The row that a page is about."""
        obj = super().get_object(request, object_id, from_field)
        if obj is not None:
            self.record_reading(request, [obj])
        return obj


class AccountsAdmin(AuditedAdmin[ModelType]):
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


class ServiceAdmin(AuditedAdmin[ModelType]):
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
