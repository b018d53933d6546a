"""Reports, what was done about them, and mutes."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import AccountsAdmin, MessagesAdmin, ReadOnlyInline, ServiceAdmin, admin_of
from rooms.models import Report, ReportAction, Restriction
from rooms.services.restrictions import user_mute, user_unmute
from rooms.wire import timestamp


class ActionInline(ReadOnlyInline[ReportAction]):
    """What was done about a report."""

    model = ReportAction
    fields = ("kind", "by", "at", "until", "everywhere", "undone_at")


@admin.register(Report)
class ReportAdmin(MessagesAdmin[Report]):
    """Reports, which people make and moderators handle on their desk. Those about an admin are not shown to them."""

    list_display = ("id", "state", "reason", "user_name", "room", "created_at", "assignee", "desk")
    list_filter = ("state", "reason", "created_at")
    list_select_related = ("room", "assignee")
    search_fields = ("user_name", "room__name")
    inlines = (ActionInline,)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """All but those about the admin, which name who reported them."""
        return super().get_queryset(request).exclude(user=admin_of(request))

    @admin.display(description=_("Moderation"))
    def desk(self, report: Report) -> str:
        """A link to the report on the desk."""
        return format_html('<a href="{}#report-{}">{}</a>', reverse("moderation"), report.pk, _("Open"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: people report."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """Not allowed: the desk does what is done about it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """Not allowed."""
        return False


@admin.register(Restriction)
class RestrictionAdmin(ServiceAdmin[Restriction], AccountsAdmin[Restriction]):
    """Mutes, also those that have ended. They can be made and lifted, but not deleted."""

    recorded_by_services = ("add",)
    list_display = ("user", "room", "kind", "until", "reason", "by", "created_at", "lifted_at")
    list_filter = ("kind", "created_at", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "room", "by")
    search_fields = ("user__username", "user__display_name", "room__name")
    autocomplete_fields = ("user", "room")
    fields = ("user", "room", "until", "reason")
    actions = ("lift",)

    def has_change_permission(self, request: HttpRequest, obj: Restriction | None = None) -> bool:
        """Only for the action that lifts them: a mute is replaced by a new one."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Restriction | None = None) -> bool:
        """Not allowed: they are the history of a person."""
        return False

    def save_model(self, request: HttpRequest, obj: Restriction, form: ModelForm[Restriction], change: bool) -> None:
        """Mute through `user_mute`."""
        until = timestamp(obj.until) if obj.until else None
        made = user_mute(by=admin_of(request), user=obj.user, room=obj.room, until=until, reason=obj.reason)
        obj.pk = made.pk

    @admin.action(description=_("Unmute"), permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Restriction]) -> None:
        """Lift the mutes through `user_unmute`."""
        self.check_may_touch(request, queryset)
        for row in queryset.select_related("user", "room").order_by("user_id", "room_id"):
            user_unmute(by=admin_of(request), user=row.user, room=row.room)
        self.message_user(request, _("Unmuted."))
