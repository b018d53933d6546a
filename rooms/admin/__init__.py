"""The Django admin. Whatever users would notice live is written through services."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from rooms.admin import sign_in  # noqa: F401
from rooms.admin.audit import AuditEventAdmin
from rooms.admin.company import CompanyAccountAdmin
from rooms.admin.connections import ConnectionAdmin, ServerProcessAdmin
from rooms.admin.email_invitations import EmailInvitationAdmin
from rooms.admin.files import AttachmentAdmin, UploadAdmin
from rooms.admin.invite_links import InviteLinkAdmin
from rooms.admin.messages import MessageAdmin
from rooms.admin.moderation import ReportAdmin, RestrictionAdmin
from rooms.admin.people import PersonAdmin
from rooms.admin.preferences import PreferencesAdmin
from rooms.admin.previews import LinkPreviewAdmin
from rooms.admin.rooms import BanAdmin, InvitationAdmin, MembershipAdmin, RoomAdmin
from rooms.admin.saved_messages import SavedMessageAdmin
from rooms.admin.scheduled_messages import ScheduledMessageAdmin
from rooms.admin.search import SearchIndexAdmin
from rooms.admin.sections import SectionAdmin
from rooms.admin.statuses import StatusAdmin
from rooms.admin.tokens import PersonalAccessTokenAdmin

admin.site.site_header = admin.site.site_title = "Parlor"
admin.site.index_title = _("Administration")

__all__ = [
    "AttachmentAdmin",
    "AuditEventAdmin",
    "BanAdmin",
    "CompanyAccountAdmin",
    "ConnectionAdmin",
    "EmailInvitationAdmin",
    "InvitationAdmin",
    "InviteLinkAdmin",
    "LinkPreviewAdmin",
    "MembershipAdmin",
    "MessageAdmin",
    "PersonAdmin",
    "PersonalAccessTokenAdmin",
    "PreferencesAdmin",
    "ReportAdmin",
    "RestrictionAdmin",
    "RoomAdmin",
    "SavedMessageAdmin",
    "ScheduledMessageAdmin",
    "SearchIndexAdmin",
    "SectionAdmin",
    "ServerProcessAdmin",
    "StatusAdmin",
    "UploadAdmin",
]
