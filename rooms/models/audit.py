"""The audit log: who used which power over whom."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chatproject.origin import Via


class AuditAction(models.TextChoices):
    """What was done. The values are stored, so they never change; the column has no list of them."""

    ROOM_CREATED = "room.created", _("Room created")
    ROOM_CHANGED = "room.changed", _("Room settings changed")
    ROOM_VISIBILITY = "room.visibility", _("Room visibility changed")
    ROOM_ARCHIVED = "room.archived", _("Room archived")
    ROOM_UNARCHIVED = "room.unarchived", _("Room unarchived")
    ROOM_DELETED = "room.deleted", _("Room deleted")
    ROOM_READ = "room.read", _("Private messages read by an admin")

    MEMBER_ADDED = "member.added", _("Member added")
    MEMBER_REMOVED = "member.removed", _("Member removed")
    MEMBER_BANNED = "member.banned", _("Member banned")
    MEMBER_UNBANNED = "member.unbanned", _("Member unbanned")
    MEMBER_ROLE = "member.role", _("Role changed")
    MEMBER_MUTED = "member.muted", _("Member muted")
    MEMBER_UNMUTED = "member.unmuted", _("Member unmuted")
    MEMBER_DISCONNECTED = "member.disconnected", _("Connection closed")

    INVITATION_CREATED = "invitation.created", _("Person invited")
    INVITATION_WITHDRAWN = "invitation.withdrawn", _("Invitation canceled")
    EMAIL_INVITATIONS_CREATED = "email_invitation.created", _("People invited by email")
    EMAIL_INVITATION_RESENT = "email_invitation.resent", _("Email invitation sent again")
    EMAIL_INVITATION_REVOKED = "email_invitation.revoked", _("Email invitation revoked")
    INVITE_LINK_CREATED = "invite_link.created", _("Invite link created")
    INVITE_LINK_REVOKED = "invite_link.revoked", _("Invite link revoked")

    # Of others: people may do as they like with what is their own.
    MESSAGE_DELETED = "message.deleted", _("Message deleted")
    MESSAGE_FILE_DELETED = "message.file_deleted", _("File deleted")
    MESSAGE_PREVIEW_REMOVED = "message.preview_removed", _("Link preview removed")
    MESSAGE_UNPINNED = "message.unpinned", _("Message unpinned")

    REPORT_DISMISSED = "report.dismissed", _("Report dismissed")
    REPORT_REOPENED = "report.reopened", _("Report opened again")

    ACCOUNT_CREATED = "account.created", _("Account created")
    ACCOUNT_CHANGED = "account.changed", _("Account changed")
    ACCOUNT_ACTIVATED = "account.activated", _("Account activated")
    ACCOUNT_DEACTIVATED = "account.deactivated", _("Account deactivated")
    ACCOUNT_RIGHTS = "account.rights", _("Permissions changed")
    ACCOUNT_DELETED = "account.deleted", _("Account deleted")
    PASSWORD_CHANGED = "account.password", _("Password changed")
    PASSWORD_LINK_CREATED = "account.password_link", _("Password reset link created")

    COMPANY_LINKED = "company.linked", _("Company account linked")
    COMPANY_UNLINKED = "company.unlinked", _("Company account unlinked")

    TOKEN_CREATED = "token.created", _("Access token created")
    TOKEN_REVOKED = "token.revoked", _("Access token revoked")

    TOPIC_CREATED = "topic.created", _("Topic created")
    TOPIC_CHANGED = "topic.changed", _("Topic changed")
    TOPIC_DELETED = "topic.deleted", _("Topic deleted")
    TASK_DELETED = "task.deleted", _("Task deleted")

    ADMIN_ADDED = "admin.added", _("Added in the admin")
    ADMIN_CHANGED = "admin.changed", _("Changed in the admin")
    ADMIN_DELETED = "admin.deleted", _("Deleted in the admin")

    SIGNED_IN = "sign_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in.failed", _("Sign-in failed")
    SIGN_IN_REFUSED = "sign_in.refused", _("Sign-in refused after too many attempts")
    SECOND_FACTOR_ADDED = "second_factor.added", _("Second factor added")
    SECOND_FACTOR_REMOVED = "second_factor.removed", _("Second factor removed")
    TWO_STEP_RESET = "two_step.reset", _("Two-step sign-in turned off by an admin")
    RECOVERY_CODES_CREATED = "recovery_codes.created", _("Recovery codes created")
    RECOVERY_CODE_USED = "recovery_codes.used", _("Recovery code used")
    SESSIONS_ENDED = "sessions.ended", _("Signed out elsewhere")

    DATABASE_RESTORED = "database.restored", _("Database restored")
    AUDIT_EXPORTED = "audit.exported", _("Audit log exported")
    AUDIT_EXPIRED = "audit.expired", _("Old events deleted")


# What the members of a room see if the room has a public log: what was done to people and messages.
PUBLIC_ACTIONS = frozenset(
    {
        AuditAction.ROOM_CHANGED,
        AuditAction.ROOM_VISIBILITY,
        AuditAction.ROOM_ARCHIVED,
        AuditAction.ROOM_UNARCHIVED,
        AuditAction.MEMBER_ADDED,
        AuditAction.MEMBER_REMOVED,
        AuditAction.MEMBER_BANNED,
        AuditAction.MEMBER_UNBANNED,
        AuditAction.MEMBER_ROLE,
        AuditAction.MEMBER_MUTED,
        AuditAction.MEMBER_UNMUTED,
        AuditAction.MESSAGE_DELETED,
        AuditAction.MESSAGE_FILE_DELETED,
        AuditAction.MESSAGE_PREVIEW_REMOVED,
        AuditAction.MESSAGE_UNPINNED,
    }
)

VIA_LABELS = {
    Via.PAGE: _("Page"),
    Via.API: _("API"),
    Via.SOCKET: _("Live connection"),
    Via.ADMIN: pgettext_lazy("audit log", "Administration"),
    Via.COMMAND: _("Command line"),
    Via.TASK: _("Server"),
}


class AuditEvent(models.Model):
    """One use of power. `rooms.services.audit` writes it in the transaction of the change.

    It refers to nothing by foreign key, and has the names of that time: it outlives what it is about. Triggers refuse
    to change or delete rows, except those older than an `expired_before`.
    """

    at = models.DateTimeField(_("time"))
    action = models.CharField(_("action"), max_length=40)
    via = models.CharField(_("via"), max_length=8)
    # Who did it: None for commands, tasks and people who are not signed in.
    actor_id = models.BigIntegerField(_("actor id"), null=True)
    actor_name = models.CharField(_("actor"), max_length=150, blank=True)
    # To whom.
    user_id = models.BigIntegerField(_("person id"), null=True)
    user_name = models.CharField(_("person"), max_length=150, blank=True)
    room_id = models.BigIntegerField(_("room id"), null=True)
    room_name = models.CharField(_("room"), max_length=100, blank=True)
    # To what, if that is neither a person nor a room: the seq of a message, the name of a token.
    target = models.CharField(_("target"), max_length=200, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    address = models.CharField(_("IP address"), max_length=39, blank=True)
    # The id of an HTTP request, or of the connection of a socket, as in the server's log.
    request_id = models.CharField(_("request id"), max_length=32, blank=True)
    # The same for events that are recorded once an hour.
    once = models.CharField(max_length=32, null=True, editable=False)  # "" would be unique, too
    # In events of the task that deletes: it deletes those before this time.
    expired_before = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["action", "id"], name="audit_action"),
            models.Index(fields=["actor_id", "id"], name="audit_actor"),
            models.Index(fields=["user_id", "id"], name="audit_user", condition=Q(user_id__isnull=False)),
            models.Index(fields=["room_id", "id"], name="audit_room", condition=Q(room_id__isnull=False)),
            models.Index(fields=["expired_before"], name="audit_expired", condition=Q(expired_before__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["once"], name="audit_once", condition=Q(once__isnull=False)),
            models.CheckConstraint(condition=Q(expired_before=None) | Q(expired_before__lt=F("at")), name="audit_past"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"
