"""Open connections and running server processes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chatproject.models import Connection, ServerProcess
from rooms.admin.base import AccountsAdmin, ModelType, ServiceAdmin, admin_of
from rooms.services.connections import connection_disconnect

MAX_NAMES = 5


class RegistryAdmin(ServiceAdmin[ModelType]):
    """The tables of the connection registry, which only server processes write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Not allowed."""
        return False


@admin.register(Connection)
class ConnectionAdmin(RegistryAdmin[Connection], AccountsAdmin[Connection]):
    """Open sockets. Those of a server that crashed disappear from the list within a minute."""

    recorded_by_services = ("delete",)
    list_display = ("id", "person", "address", "process", "following", "opened_at")
    list_filter = ("process", ("user", admin.EmptyFieldListFilter), "opened_at")
    list_select_related = ("user", "process")
    search_fields = ("id", "user__username", "address", "follows__name")
    show_full_result_count = False
    fields = ("id", "user", "address", "process", "following", "opened_at")
    readonly_fields = ("following",)
    actions = ("disconnect",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        """The connections with what they follow, in one more query."""
        return super().get_queryset(request).prefetch_related("follows")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """All actions except deletion, which "Disconnect" replaces."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_model(self, request: HttpRequest, obj: Connection) -> None:
        """Close the socket through `connection_disconnect`; its row is deleted with it."""
        connection_disconnect(by=admin_of(request), connection_id=obj.pk)

    @admin.display(description=_("person"), ordering="user__username")
    def person(self, connection: Connection) -> str:
        """The connected user, if it is not a guest."""
        return connection.user.get_username() if connection.user else gettext("(guest)")

    @admin.display(description=_("follows"))
    def following(self, connection: Connection) -> str:
        """The names of the rooms and topics it follows."""
        names = sorted(row.name for row in connection.follows.all())
        shown, more = ", ".join(names[:MAX_NAMES]), len(names) - MAX_NAMES
        if more <= 0:
            return shown
        return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more) % {
            "names": shown,
            "count": more,
        }

    @admin.action(description=_("Disconnect"), permissions=["delete"])
    def disconnect(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Close the sockets with code 4003, in any process."""
        self.check_may_touch(request, queryset)
        ids = list(queryset.values_list("pk", flat=True))
        for connection_id in ids:
            connection_disconnect(by=admin_of(request), connection_id=connection_id)
        self.message_user(request, _("Connections closed: %(count)d.") % {"count": len(ids)})


@admin.register(ServerProcess)
class ServerProcessAdmin(RegistryAdmin[ServerProcess]):
    """Running server processes."""

    list_display = ("short_id", "host", "pid", "server", "open", "started_at", "seen_at")
    fields = ("id", "host", "pid", "server", "started_at", "seen_at", "revision")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Not allowed."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServerProcess]:
        """The processes with the number of their connections, counted in the same query."""
        return super().get_queryset(request).annotate(connection_count=Count("connections"))

    @admin.display(description=_("id"))
    def short_id(self, process: ServerProcess) -> str:
        """The id as the API shows it."""
        return process.pk.hex[:8]

    @admin.display(description=_("connections"), ordering="connection_count")
    def open(self, process: ServerProcess) -> str:
        """The number of connections, linked to their list."""
        url = reverse("admin:chatproject_connection_changelist")
        count: Any = vars(process)["connection_count"]
        return format_html('<a href="{}?process__id__exact={}">{}</a>', url, process.pk, count)
