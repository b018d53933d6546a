"""Rooms, members, invitations and bans."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import Deletion, ModelType, ServiceAdmin, admin_of, deletion_summary
from rooms.files.sizes import file_size
from rooms.models import Attachment, Ban, Invitation, Membership, Message, Room
from rooms.selectors.stored_files import file_bytes_of
from rooms.services.invitations import invitation_create, invitation_withdraw
from rooms.services.members import member_add, member_ban, member_remove, member_set_role, member_unban
from rooms.services.rooms import room_close, room_create, room_delete, room_reopen, room_update

CHANGEABLE = (
    "title",
    "description",
    "kind",
    "guests",
    "pinning",
    "room_mentions",
    "slow_seconds",
    "link_previews",
    "public_log",
)


@admin.register(Room)
class RoomAdmin(ServiceAdmin[Room]):
    """Rooms. Services create, change, archive and delete them, so that readers see it live."""

    recorded_by_services = ("add", "change", "delete")
    list_display = ("name", "title", "kind", "guests", "members", "messages", "files", "last_message_at", "closed_at")
    list_filter = ("kind", "guests", ("closed_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("name", "title", "description")
    fields = ("name", *CHANGEABLE, "created_by", "created_at", "version", "last_seq", "last_message_at", "closed_at")
    actions = ("close_rooms", "reopen_rooms")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        """The rooms with the number of members and the size of their files, counted in the same query."""
        counted = Membership.objects.filter(room=OuterRef("pk")).order_by().values("room").annotate(n=Count("pk"))
        members = Coalesce(Subquery(counted.values("n")), 0)
        return super().get_queryset(request).annotate(member_count=members, file_bytes=file_bytes_of("room"))

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> tuple[str, ...]:
        """The name can't be changed; services maintain the other fields."""
        counted = ("created_by", "created_at", "version", "last_seq", "last_message_at", "closed_at")
        return counted if obj is None else ("name", *counted)

    @admin.display(description=_("members"), ordering="member_count")
    def members(self, room: Room) -> str:
        """The number of members, linked to their list."""
        url = reverse("admin:rooms_membership_changelist")
        return format_html('<a href="{}?room__id__exact={}">{}</a>', url, room.pk, vars(room)["member_count"])

    @admin.display(description=_("messages"), ordering="last_seq")
    def messages(self, room: Room) -> str:
        """The number of messages ever posted, linked to their list."""
        url = reverse("admin:rooms_message_changelist")
        return format_html('<a href="{}?room__id__exact={}">{}</a>', url, room.pk, room.last_seq)

    @admin.display(description=_("files"), ordering="file_bytes")
    def files(self, room: Room) -> str:
        """The size of the room's files, linked to their list."""
        url = reverse("admin:rooms_attachment_changelist")
        size = file_size(vars(room)["file_bytes"])
        return format_html('<a href="{}?room__id__exact={}">{}</a>', url, room.pk, size)

    def save_model(self, request: HttpRequest, obj: Room, form: ModelForm[Room], change: bool) -> None:
        """Save through `room_create` or `room_update`."""
        values = {name: form.cleaned_data[name] for name in CHANGEABLE if name in form.changed_data}
        given = {name: value for name, value in values.items() if value is not None}
        if not change:
            obj.pk = room_create(by=admin_of(request), name=obj.name, **given).pk
        elif given:
            room_update(by=admin_of(request), room=obj, **given)

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        """Delete through `room_delete`."""
        room_delete(by=admin_of(request), room=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Delete the rooms one by one, in the order in which all code locks rooms."""
        for room in queryset.order_by("pk"):
            self.delete_model(request, room)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deletion:
        """The objects deleted along with the rooms."""
        rooms = list(objs)
        counts = {
            gettext("rooms"): len(rooms),
            gettext("members"): Membership.objects.filter(room__in=rooms).count(),
            gettext("messages"): Message.objects.filter(room__in=rooms).count(),
            gettext("files"): Attachment.objects.filter(room__in=rooms).count(),
        }
        return deletion_summary(self, request, rooms, counts)

    @admin.action(description=_("Archive (read-only)"), permissions=["change"])
    def close_rooms(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Archive the rooms through `room_close`."""
        for room in queryset.order_by("pk"):
            room_close(by=admin_of(request), room=room)
        self.message_user(request, _("Rooms archived."))

    @admin.action(description=_("Unarchive"), permissions=["change"])
    def reopen_rooms(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Unarchive the rooms through `room_reopen`."""
        for room in queryset.order_by("pk"):
            room_reopen(by=admin_of(request), room=room)
        self.message_user(request, _("Rooms unarchived."))


class PersonInRoomAdmin(ServiceAdmin[ModelType]):
    """A relation between a person and a room."""

    search_fields = ("room__name", "room__title", "user__username", "user__display_name")
    autocomplete_fields = ("room", "user")
    deletion_order: tuple[str, ...] = ("room_id", "pk")  # the order in which all code locks rooms

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ModelType]) -> None:
        """Delete the rows one by one."""
        for row in queryset.select_related("room", "user").order_by(*self.deletion_order):
            self.delete_model(request, row)


@admin.register(Membership)
class MembershipAdmin(PersonInRoomAdmin[Membership]):
    """Members. Removing one ends their access at once."""

    recorded_by_services = ("add", "change", "delete")
    deletion_order = ("room_id", "role", "pk")  # owners last: a room with members must have an owner
    list_display = ("room", "user", "role", "level", "muted", "joined_at")
    list_filter = ("role", "level", "muted", "joined_at")
    list_select_related = ("room", "user")
    fields = ("room", "user", "role", "level", "muted", "favourite", "section", "joined_at")
    actions = ("ban_members",)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        """Only the role can be changed: what members want of a room is theirs."""
        own = ("level", "muted", "favourite", "section", "joined_at")
        return own if obj is None else ("room", "user", *own)

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm[Membership], change: bool) -> None:
        """Save through `member_add` or `member_set_role`."""
        write = member_set_role if change else member_add
        obj.pk = write(by=admin_of(request), room=obj.room, user=obj.user, role=obj.role).pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Remove the member through `member_remove`."""
        member_remove(by=admin_of(request), room=obj.room, user=obj.user)

    @admin.action(description=_("Ban from the room"), permissions=["delete"])
    def ban_members(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Ban the members through `member_ban`."""
        for membership in queryset.select_related("room", "user").order_by("room_id"):
            member_ban(by=admin_of(request), room=membership.room, user=membership.user)
        self.message_user(request, _("Members banned."))


class AddOrDeleteAdmin(PersonInRoomAdmin[ModelType]):
    """Relations that can be added and deleted, but not changed."""

    list_display = ("room", "user", "by", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("room", "user", "by")
    fields = ("room", "user")

    def has_change_permission(self, request: HttpRequest, obj: ModelType | None = None) -> bool:
        """Not allowed: there is nothing to change."""
        return False


@admin.register(Invitation)
class InvitationAdmin(AddOrDeleteAdmin[Invitation]):
    """Invitations. Deleting one cancels it. Those for e-mail addresses have a list of their own."""

    recorded_by_services = ("add", "change", "delete")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """Those that are not for an address, which nobody but their people sees."""
        return super().get_queryset(request).filter(by_email=None)

    def save_model(self, request: HttpRequest, obj: Invitation, form: ModelForm[Invitation], change: bool) -> None:
        """Invite through `invitation_create`, which also notifies the person."""
        obj.pk = invitation_create(by=admin_of(request), room=obj.room, user=obj.user).pk

    def delete_model(self, request: HttpRequest, obj: Invitation) -> None:
        """Cancel through `invitation_withdraw`."""
        invitation_withdraw(by=admin_of(request), room=obj.room, user=obj.user)


@admin.register(Ban)
class BanAdmin(AddOrDeleteAdmin[Ban]):
    """Bans. Deleting one lifts it."""

    recorded_by_services = ("add", "change", "delete")

    def save_model(self, request: HttpRequest, obj: Ban, form: ModelForm[Ban], change: bool) -> None:
        """Ban through `member_ban`, which also removes the person from the room."""
        obj.pk = member_ban(by=admin_of(request), room=obj.room, user=obj.user).pk

    def delete_model(self, request: HttpRequest, obj: Ban) -> None:
        """Lift the ban through `member_unban`."""
        member_unban(by=admin_of(request), room=obj.room, user=obj.user)
