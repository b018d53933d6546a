"""The models, with the rules that the database enforces."""

from rooms.models.audit import PUBLIC_ACTIONS, VIA_LABELS, AuditAction, AuditEvent
from rooms.models.company import CompanyAccount, CompanyGrant, CompanySession
from rooms.models.email_invitations import EmailInvitation, EmailInvitationMail
from rooms.models.files import Attachment, Blob, Upload, UploadPart, new_key, new_public_id
from rooms.models.installation import Installation
from rooms.models.invite_links import LINK_ID_LENGTH, InviteLink, InviteLinkUse
from rooms.models.mails import AddressChange, AddressMail, PasswordResetRequest, SecurityMail, WaitingMail
from rooms.models.messages import Mention, Message, Reaction, Revision, RoomMention
from rooms.models.moderation import Report, ReportAction, Restriction
from rooms.models.people import (
    NAME_TAKEN,
    Block,
    CaseInsensitiveUserManager,
    PersonalAccessToken,
    Picture,
    User,
    UserName,
    UserNameManager,
)
from rooms.models.preferences import Preferences
from rooms.models.previews import LinkPreview, MessagePreview
from rooms.models.records import LoadedAttachment, LoadedPreview, LoadedReaction, Signs, Unread
from rooms.models.rooms import (
    DIRECT_TITLE,
    MAX_SLOW_SECONDS,
    ROOM_NAME_PATTERN,
    Ban,
    Invitation,
    InvitationHistory,
    Membership,
    Room,
    validate_room_name,
)
from rooms.models.saved import SavedMessage
from rooms.models.scheduled import ScheduledMessage
from rooms.models.search import SearchIndex
from rooms.models.sections import Section
from rooms.models.statuses import Status
from rooms.models.user_sessions import UserSession

__all__ = [
    "DIRECT_TITLE",
    "LINK_ID_LENGTH",
    "MAX_SLOW_SECONDS",
    "NAME_TAKEN",
    "PUBLIC_ACTIONS",
    "ROOM_NAME_PATTERN",
    "VIA_LABELS",
    "AddressChange",
    "AddressMail",
    "Attachment",
    "AuditAction",
    "AuditEvent",
    "Ban",
    "Blob",
    "Block",
    "CaseInsensitiveUserManager",
    "CompanyAccount",
    "CompanyGrant",
    "CompanySession",
    "EmailInvitation",
    "EmailInvitationMail",
    "Installation",
    "Invitation",
    "InvitationHistory",
    "InviteLink",
    "InviteLinkUse",
    "LinkPreview",
    "LoadedAttachment",
    "LoadedPreview",
    "LoadedReaction",
    "Membership",
    "Mention",
    "Message",
    "MessagePreview",
    "PasswordResetRequest",
    "PersonalAccessToken",
    "Picture",
    "Preferences",
    "Reaction",
    "Report",
    "ReportAction",
    "Restriction",
    "Revision",
    "Room",
    "RoomMention",
    "SavedMessage",
    "ScheduledMessage",
    "SearchIndex",
    "Section",
    "SecurityMail",
    "Signs",
    "Status",
    "Unread",
    "Upload",
    "UploadPart",
    "User",
    "UserName",
    "UserNameManager",
    "UserSession",
    "WaitingMail",
    "new_key",
    "new_public_id",
    "validate_room_name",
]
