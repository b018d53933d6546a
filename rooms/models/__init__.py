"""The models, with the rules that hold whoever writes."""

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
from rooms.models.records import Reacted, Unread
from rooms.models.rooms import (
    DIRECT_TITLE,
    ROOM_NAME_PATTERN,
    Asked,
    Ban,
    Invitation,
    Membership,
    Room,
    validate_room_name,
)

__all__ = [
    "DIRECT_TITLE",
    "NAME_TAKEN",
    "ROOM_NAME_PATTERN",
    "Asked",
    "Ban",
    "Block",
    "CaseInsensitiveUserManager",
    "Installation",
    "Invitation",
    "Membership",
    "Mention",
    "Message",
    "PasswordResetRequest",
    "PersonalAccessToken",
    "Picture",
    "Reacted",
    "Reaction",
    "Revision",
    "Room",
    "Unread",
    "User",
    "UserName",
    "UserNameManager",
    "validate_room_name",
]
