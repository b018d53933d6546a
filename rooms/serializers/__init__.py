"""The API's bodies: what a client may send, and, for the schema, the forms that `rooms.wire` answers with.

A field that is not listed is ignored, so nobody can set an author, a seq, a version or a time.
"""

from rooms.serializers.base import NO_NUL, NOT_BLANK, FlagField, NumberField, ProblemForm, TextField
from rooms.serializers.blocks import BlockForm, NewBlock
from rooms.serializers.invitations import InvitationForm, MyInvitationForm, NewInvitation
from rooms.serializers.members import BanForm, ConnectionForm, MemberChanges, MemberForm, NewMember, OnlineForm
from rooms.serializers.messages import (
    MAX_EMOJI_LENGTH,
    EditedMessage,
    MessageForm,
    MessagePageForm,
    NewMessage,
    NewReaction,
    PostedMessageForm,
    ReactionForm,
    RevisionForm,
)
from rooms.serializers.people import PersonForm, ProfileChanges
from rooms.serializers.read_marks import NewMark, ReadForm, UnreadForm
from rooms.serializers.rooms import NewDirectRoom, NewRoom, RoomChanges, RoomForm
from rooms.serializers.tokens import NewTokenForm

__all__ = [
    "MAX_EMOJI_LENGTH",
    "NOT_BLANK",
    "NO_NUL",
    "BanForm",
    "BlockForm",
    "ConnectionForm",
    "EditedMessage",
    "FlagField",
    "InvitationForm",
    "MemberChanges",
    "MemberForm",
    "MessageForm",
    "MessagePageForm",
    "MyInvitationForm",
    "NewBlock",
    "NewDirectRoom",
    "NewInvitation",
    "NewMark",
    "NewMember",
    "NewMessage",
    "NewReaction",
    "NewRoom",
    "NewTokenForm",
    "NumberField",
    "OnlineForm",
    "PersonForm",
    "PostedMessageForm",
    "ProblemForm",
    "ProfileChanges",
    "ReactionForm",
    "ReadForm",
    "RevisionForm",
    "RoomChanges",
    "RoomForm",
    "TextField",
    "UnreadForm",
]
