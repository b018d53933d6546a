"""Reads. Every page, endpoint and socket comes through here; what a caller may see is decided here."""

from rooms.selectors.installation import get_epoch
from rooms.selectors.invitations import NO_INVITATION, get_invitation, invitations_for, invitations_of
from rooms.selectors.members import (
    banned_among,
    bans_for,
    connections_to,
    get_membership,
    is_member,
    members_of,
    readers_among,
)
from rooms.selectors.messages import (
    NO_MESSAGE,
    changes_since,
    get_message,
    load_along,
    messages_after,
    messages_around,
    reactions_to,
    recent_messages,
    revisions_for,
)
from rooms.selectors.people import NO_PERSON, get_people, get_person
from rooms.selectors.rooms import (
    GUESTS_ROOM,
    NO_ROOM,
    READABLE_ROOM,
    get_room_for,
    may_read,
    open_rooms_for,
    readable_rooms,
    rooms_for,
)
from rooms.selectors.titles import titles_for
from rooms.selectors.tokens import NO_TOKEN, get_token_by_secret, get_token_of, live_tokens, token_digest, tokens_of
from rooms.selectors.unread import Unread, get_unread, unread_mentions, unread_of

__all__ = [
    "GUESTS_ROOM",
    "NO_INVITATION",
    "NO_MESSAGE",
    "NO_PERSON",
    "NO_ROOM",
    "NO_TOKEN",
    "READABLE_ROOM",
    "Unread",
    "banned_among",
    "bans_for",
    "changes_since",
    "connections_to",
    "get_epoch",
    "get_invitation",
    "get_membership",
    "get_message",
    "get_people",
    "get_person",
    "get_room_for",
    "get_token_by_secret",
    "get_token_of",
    "get_unread",
    "invitations_for",
    "invitations_of",
    "is_member",
    "live_tokens",
    "load_along",
    "may_read",
    "members_of",
    "messages_after",
    "messages_around",
    "open_rooms_for",
    "reactions_to",
    "readable_rooms",
    "readers_among",
    "recent_messages",
    "revisions_for",
    "rooms_for",
    "titles_for",
    "token_digest",
    "tokens_of",
    "unread_mentions",
    "unread_of",
]
