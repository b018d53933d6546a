"""The models, with the rules that the database enforces."""

from rooms.models.installation import Installation
from rooms.models.messages import Mention, Message, Reaction, Revision
from rooms.models.people import (
    NAME_TAKEN,
    Block,
    CaseInsensitiveUserManager,
    PasswordResetRequest,
    PersonalAccessToken,
    Picture,
    User,
    UserName,
    UserNameManager,
)
from rooms.models.records import LoadedReaction, Unread
from rooms.models.rooms import (
    DIRECT_TITLE,
    ROOM_NAME_PATTERN,
    Ban,
    Invitation,
    InvitationHistory,
    Membership,
    Room,
    validate_room_name,
)

__all__ = [
    "DIRECT_TITLE",
    "NAME_TAKEN",
    "ROOM_NAME_PATTERN",
    "Ban",
    "Block",
    "CaseInsensitiveUserManager",
    "Installation",
    "Invitation",
    "InvitationHistory",
    "LoadedReaction",
    "Membership",
    "Mention",
    "Message",
    "PasswordResetRequest",
    "PersonalAccessToken",
    "Picture",
    "Reaction",
    "Revision",
    "Room",
    "Unread",
    "User",
    "UserName",
    "UserNameManager",
    "validate_room_name",
]
