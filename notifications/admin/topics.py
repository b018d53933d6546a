"""Topics and notifications."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.models import Notification, Topic
from notifications.services.posting import notification_publish
from notifications.services.topics import topic_create, topic_delete, topic_update
from notifications.wording import title_of
from rooms.admin.base import MessagesAdmin, ServiceAdmin, admin_of

CHANGEABLE = ("title", "description", "subscribers", "publishers")


@admin.register(Topic)
class TopicAdmin(ServiceAdmin[Topic]):
    """Topics. Services create, change and delete named topics; personal topics are read-only."""

    recorded_by_services = ("add", "change", "delete")
    list_display = ("shown_name", "title", "subscribers", "publishers", "notifications", "created_at")
    list_filter = (("owner", admin.EmptyFieldListFilter), "subscribers", "publishers", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "title", "description", "owner__username")
    fields = ("name", *CHANGEABLE, "owner", "created_at", "version", "last_seq")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        """The topics with their owners, after whom personal topics are named."""
        return super().get_queryset(request).select_related("owner")

    def get_readonly_fields(self, request: HttpRequest, obj: Topic | None = None) -> tuple[str, ...]:
        """The name can't be changed; services maintain the other fields."""
        counted = ("owner", "created_at", "version", "last_seq")
        return counted if obj is None else ("name", *counted)

    def has_change_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        """Not for personal topics."""
        return super().has_change_permission(request, obj) and (obj is None or obj.owner_id is None)

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, topic: Topic) -> str:
        """The name that clients use."""
        return topic.shown_name

    @admin.display(description=_("notifications"), ordering="last_seq")
    def notifications(self, topic: Topic) -> str:
        """The number of notifications, linked to their list."""
        url = reverse("admin:notifications_notification_changelist")
        return format_html('<a href="{}?topic__id__exact={}">{}</a>', url, topic.pk, topic.last_seq)

    def save_model(self, request: HttpRequest, obj: Topic, form: ModelForm[Topic], change: bool) -> None:
        """Save through `topic_create` or `topic_update`."""
        given = {name: form.cleaned_data[name] for name in CHANGEABLE if name in form.changed_data}
        if not change:
            obj.pk = topic_create(by=admin_of(request), name=form.cleaned_data["name"], **given).pk
        elif given:
            topic_update(by=admin_of(request), topic=obj, **given)

    def delete_model(self, request: HttpRequest, obj: Topic) -> None:
        """Delete through `topic_delete`."""
        topic_delete(by=admin_of(request), topic=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        """Delete the topics one by one, in the order in which all code locks topics."""
        for topic in queryset.order_by("pk"):
            self.delete_model(request, topic)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """The objects deleted along with the topics, as counts: they may be a hundred thousand notifications."""
        topics = list(objs)
        counts = {
            gettext("topics"): len(topics),
            gettext("notifications"): Notification.objects.filter(topic__in=topics).count(),
        }
        perms_needed = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        return [str(topic) for topic in topics], counts, perms_needed, []


@admin.register(Notification)
class NotificationAdmin(ServiceAdmin[Notification], MessagesAdmin[Notification]):
    """Notifications. Adding one publishes it; they can't be changed, and are deleted only with their topic."""

    list_display = ("topic", "seq", "shown_title", "kind", "author", "unread", "created_at")
    list_display_links = ("seq", "shown_title")
    list_filter = (("topic__owner", admin.EmptyFieldListFilter), "kind", "unread", "created_at")
    list_select_related = ("topic__owner", "author", "room")
    search_fields = ("title", "body", "topic__name", "topic__owner__username", "author__username")
    ordering = ("-id",)
    show_full_result_count = False
    fields = ("topic", "kind", "title", "body", "payload", "seq", "version", "author", "created_at")
    readonly_fields = ("kind", "seq", "version", "author", "created_at")
    autocomplete_fields = ("topic",)

    @admin.display(description=_("title"), ordering="title")
    def shown_title(self, notification: Notification) -> str:
        """The title as it is worded for the admin."""
        return title_of(notification)

    def has_change_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        """Not allowed: subscribers have already received it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        """Not on these pages, where it would leave a gap in the seqs; only along with a topic or an account."""
        here = request.resolver_match is not None and str(request.resolver_match.url_name).startswith(
            f"{self.opts.app_label}_{self.opts.model_name}_"
        )
        return not here and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Notification, form: ModelForm[Notification], change: bool) -> None:
        """Publish through `notification_publish`."""
        published = notification_publish(
            by=admin_of(request), topic=obj.topic, title=obj.title, body=obj.body, payload=obj.payload
        )
        obj.pk, obj.seq = published.pk, published.seq
