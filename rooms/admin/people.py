"""User accounts, and password reset links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatproject.installation.public_address import address_for
from chatproject.sentences import Sentence
from rooms.admin.base import AccountsAdmin, AuditedAdmin, Deletion, ServiceAdmin, admin_of, deletion_summary
from rooms.errors import ServiceError
from rooms.files.sizes import file_size
from rooms.models import AuditAction, Ban, Invitation, Membership, Mention, PersonalAccessToken, Reaction, User
from rooms.selectors.stored_files import file_bytes_of
from rooms.services.accounts import check_admin_remains, user_sockets_recheck
from rooms.services.audit import audit_record
from rooms.services.company_accounts import company_overrule
from rooms.services.email_addresses import address_set_by_admin
from rooms.services.ownership import Handover, handovers_for, rooms_hand_over
from rooms.services.password_resets import password_reset_path
from rooms.services.profile import check_display_name, picture_remove, profile_announce
from rooms.services.renamed_mentions import mentions_rename
from rooms.services.two_step import two_step_reset

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")  # only superusers may change these
ADMIN_FLAGS = ("is_active", "is_staff", "is_superuser")


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    """An account, with the same rules for display names as elsewhere."""

    def clean_display_name(self) -> str:
        """Check the display name as the service does. Raises ValidationError."""
        try:
            return check_display_name(self.cleaned_data["display_name"], self.instance)
        except ServiceError as error:
            raise ValidationError(error.detail) from error

    def clean(self) -> dict[str, Any]:
        """Make sure that the last admin remains one. Raises ValidationError."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not all(given.get(flag, getattr(self.instance, flag)) for flag in ADMIN_FLAGS):
            try:
                check_admin_remains(without=self.instance)
            except ServiceError as error:
                raise ValidationError(error.detail) from error
        return given


WILL_OWN = _("Room %(room)s: %(name)s becomes its owner.")
OWNS = _("Room %(room)s: %(name)s is now its owner.")


def _describe(handover: Handover, sentence: Sentence) -> str:
    """A sentence about the new owner of a room whose last owner's account ends."""
    if handover.to is None:
        return _("Room %(room)s has no members left to own it.") % {"room": handover.room.name}
    return sentence % {"room": handover.room.name, "name": handover.to.username}


@admin.register(User)
class PersonAdmin(ServiceAdmin[User], AccountsAdmin[User], UserAdmin):  # type: ignore[type-arg]
    """Accounts. Deactivating or deleting one, or changing its password, ends its sessions and sockets."""

    form = PersonForm
    actions = ("remove_pictures", "reset_two_step")
    list_display = (
        "username",
        "display_name",
        "email",
        "is_active",
        "is_staff",
        "has_two_step",
        "files",
        "last_login",
        "date_joined",
    )
    list_filter = (
        "is_active",
        "is_staff",
        "is_superuser",
        ("two_step_since", admin.EmptyFieldListFilter),
        "date_joined",
    )
    search_fields = ("username", "display_name", "email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (
            _("Person"),
            {
                "fields": (
                    "display_name",
                    "shown_picture",
                    "first_name",
                    "last_name",
                    "email",
                    "language",
                    "show_link_previews",
                )
            },
        ),
        (_("Permissions"), {"fields": ("is_active", *RIGHTS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined", "two_step_since")}),
    )
    readonly_fields = ("shown_picture", "last_login", "date_joined", "two_step_since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The accounts with the size of their files, counted in the same query."""
        return super().get_queryset(request).annotate(file_bytes=file_bytes_of("owner"))

    @admin.display(description=_("files"), ordering="file_bytes")
    def files(self, user: User) -> str:
        """The size of the files that the person has uploaded, linked to their list."""
        url = reverse("admin:rooms_attachment_changelist")
        size = file_size(vars(user)["file_bytes"])
        return format_html('<a href="{}?owner__id__exact={}">{}</a>', url, user.pk, size)

    @admin.display(description=_("two-step sign-in"), boolean=True, ordering="two_step_since")
    def has_two_step(self, user: User) -> bool:
        """Whether the person signs in with a second factor."""
        return user.two_step_since is not None

    def account_of(self, obj: User) -> User:
        """The account itself."""
        return obj

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Permissions are read-only for all but superusers, even their own."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if admin_of(request).is_superuser else (*fields, *RIGHTS)

    def get_urls(self) -> list[URLPattern]:
        """The usual pages, and the one to create a password reset link."""
        view = self.admin_site.admin_view(self.reset_link)
        return [path("<int:pk>/reset-link/", view, name="rooms_user_reset_link"), *super().get_urls()]

    @admin.display(description=_("Picture"))
    def shown_picture(self, user: User) -> str:
        """The picture as others see it."""
        return (
            format_html('<img src="{}" alt="" width="96" height="96">', user.avatar) if user.avatar else gettext("none")
        )

    @admin.action(description=_("Remove pictures"), permissions=["change"])
    def remove_pictures(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Remove the pictures through `picture_remove`."""
        self.check_may_touch(request, queryset)
        for user in queryset:
            picture_remove(user=user)
            self.record(AuditAction.ACCOUNT_CHANGED, user, after={"picture": None})
        self.message_user(request, _("Pictures removed."))

    def record(
        self,
        action: AuditAction,
        obj: User,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Record what the present admin does to an account."""
        audit_record(action, user=obj, before=before, after=after)

    def record_form(self, form: Any, *, add: bool) -> None:
        """Record a new account, or one event for each kind of change."""
        if isinstance(form, AdminPasswordChangeForm):
            self.record(AuditAction.PASSWORD_CHANGED, form.user)
            return
        before, after = self.changed_values(form, add=add)
        if add:
            self.record(AuditAction.ACCOUNT_CREATED, form.instance, after=after)
            return
        activity = AuditAction.ACCOUNT_ACTIVATED if after.get("is_active") else AuditAction.ACCOUNT_DEACTIVATED
        kinds = {
            action: [name for name in after if name in names]
            for action, names in ((activity, ["is_active"]), (AuditAction.ACCOUNT_RIGHTS, RIGHTS))
        }
        kinds[AuditAction.ACCOUNT_CHANGED] = [name for name in after if name not in ("is_active", *RIGHTS)]
        for action, names in kinds.items():
            if names:
                self.record(
                    action, form.instance, {name: before[name] for name in names}, {name: after[name] for name in names}
                )

    def record_deletion(self, obj: User) -> None:
        """Record that an account is about to be deleted."""
        self.record(AuditAction.ACCOUNT_DELETED, obj, before={"display_name": obj.display_name})

    @admin.action(description=_("Turn off two-step sign-in, for people who lost their phone"), permissions=["change"])
    def reset_two_step(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Remove the second factors through `two_step_reset`."""
        self.check_may_touch(request, queryset)
        for user in queryset:
            if two_step_reset(user=user):
                self.log_change(request, user, gettext("Turned off two-step sign-in."))
        self.message_user(request, _("Two-step sign-in turned off. They are signed out everywhere."))

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        """Save, have the user's sockets authenticate again (the account may be inactive), announce a new name."""
        super().save_model(request, obj, form, change)
        if change:
            user_sockets_recheck(user=obj)
            if not obj.is_active:
                self._hand_over(request, obj)
            if "is_active" in form.changed_data:
                company_overrule(user=obj)
            if "email" in form.changed_data:
                address_set_by_admin(user=obj, former=form.initial["email"])
            if "username" in form.changed_data:
                mentions_rename(user=obj)
            elif "display_name" in form.changed_data:
                profile_announce(user=obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """The usual page; a new password ends all sessions and sockets that used the old one."""
        view = super().user_change_password

        def change() -> HttpResponse:
            user = self.get_object(request, id)
            if user is not None and request.POST.get("usable_password") == "false":
                check_admin_remains(without=user)
            response = view(request, id, form_url)
            if user is not None and response.status_code == 302:
                user_sockets_recheck(user=user)
            return response

        return self.report_errors(request, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deletion:
        """The objects deleted along with the accounts, as counts: a user may have many thousand mentions."""
        people = list(objs)
        counts = {gettext("people"): len(people)} | {
            str(rows._meta.verbose_name_plural): rows._default_manager.filter(user__in=people).count()
            for rows in (Membership, Invitation, Ban, Reaction, Mention, PersonalAccessToken)
        }
        rows, counted, forbidden, protected = deletion_summary(self, request, people, counts)
        rooms = [_describe(handover, WILL_OWN) for user in people for handover in handovers_for(user)]
        return [*rows, *rooms], counted, forbidden, protected

    def _hand_over(self, request: HttpRequest, user: User) -> None:
        for handover in rooms_hand_over(user=user):
            self.message_user(request, _describe(handover, OWNS), messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Delete an account, unless it is the last admin. Its messages stay, under the name they were written with."""
        check_admin_remains(without=obj)
        user_sockets_recheck(user=obj)
        self._hand_over(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Delete the accounts one by one, as in `delete_model`."""
        self.check_may_touch(request, queryset)
        with transaction.atomic():
            for user in queryset:
                self.delete_model(request, user)

    def reset_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm and create a link that sets a new password once. It is shown only to the admin."""
        user = self.get_object(request, str(pk))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Password reset link for %(name)s") % {"name": user.username},
            "opts": self.opts,
            "original": user,
            "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        }
        if request.method == "POST":
            context["link"] = address_for(request, password_reset_path(user))
            with transaction.atomic():
                self.log_change(request, user, _("Created a password reset link."))
                self.record(AuditAction.PASSWORD_LINK_CREATED, user)
        response = TemplateResponse(request, "admin/rooms/user/reset_link.html", context)
        response["Cache-Control"] = "no-store"
        return response


admin.site.unregister(Group)


@admin.register(Group)
class RightsAdmin(AuditedAdmin[Group], GroupAdmin):
    """Groups grant permissions to their members, so only superusers can add, change and delete them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only for superusers."""
        return admin_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Only for superusers."""
        return admin_of(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Only for superusers."""
        return admin_of(request).is_superuser
