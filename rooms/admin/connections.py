"""The connection table: who is connected to what, and the processes that hold the connections."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from chatproject.models import Connection, ServerProcess
from rooms.admin.base import AccountsAdmin, ModelType, ServiceAdmin, admin_of
from rooms.models import User
from rooms.services.connections import connection_disconnect

SHOWN_NAMES = 5


class TableAdmin(ServiceAdmin[ModelType]):
    """Rows that only server processes write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


@admin.register(Connection)
class ConnectionAdmin(TableAdmin[Connection], AccountsAdmin[Connection]):
    """Open sockets. What is listed here is at most a minute old, however a server ended."""

    list_display = ("id", "person", "address", "process", "following", "opened_at")
    list_filter = ("process", ("user", admin.EmptyFieldListFilter), "opened_at")
    list_select_related = ("user", "process")
    search_fields = ("id", "user__username", "address", "follows__name")
    show_full_result_count = False
    fields = ("id", "user", "address", "process", "following", "opened_at")
    readonly_fields = ("following",)
    actions = ("disconnect",)

    def account_of(self, obj: Connection) -> User | None:
        """Of whoever is there; a guest has none."""
        return obj.user

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        """With what they follow, in one query more."""
        return super().get_queryset(request).prefetch_related("follows")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting: that is what disconnecting does."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_model(self, request: HttpRequest, obj: Connection) -> None:
        """Through `connection_disconnect`; the row goes with the socket."""
        connection_disconnect(by=admin_of(request), connection_id=obj.pk)

    @admin.display(ordering="user__username", empty_value="(guest)")
    def person(self, connection: Connection) -> str | None:
        """Who is there."""
        return connection.user.get_username() if connection.user else None

    @admin.display(description="follows")
    def following(self, connection: Connection) -> str:
        """The names of rooms and topics."""
        names = sorted(row.name for row in connection.follows.all())
        more = len(names) - SHOWN_NAMES
        return ", ".join(names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")

    @admin.action(description="Disconnect", permissions=["delete"])
    def disconnect(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Close them with 4003, in whichever process they are."""
        self.check_may_touch(request, queryset)
        ids = list(queryset.values_list("pk", flat=True))
        for connection_id in ids:
            connection_disconnect(by=admin_of(request), connection_id=connection_id)
        self.message_user(request, f"Disconnected: {len(ids)}.")


@admin.register(ServerProcess)
class ServerProcessAdmin(TableAdmin[ServerProcess]):
    """Running server processes."""

    list_display = ("short_id", "host", "pid", "server", "open", "started_at", "seen_at")
    fields = ("id", "host", "pid", "server", "started_at", "seen_at", "revision")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServerProcess]:
        """With the number of their connections, counted in the same query."""
        return super().get_queryset(request).annotate(connection_count=Count("connections"))

    @admin.display(description="id")
    def short_id(self, process: ServerProcess) -> str:
        """As the API names it."""
        return process.pk.hex[:8]

    @admin.display(description="connections", ordering="connection_count")
    def open(self, process: ServerProcess) -> str:
        """How many, leading to them."""
        url = reverse("admin:chatproject_connection_changelist")
        count: Any = vars(process)["connection_count"]
        return format_html('<a href="{}?process__id__exact={}">{}</a>', url, process.pk, count)
