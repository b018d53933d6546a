"""Answering messages with emoji."""

from __future__ import annotations

import orjson
from django.db import transaction

from rooms.errors import Conflict, NotFound
from rooms.models import LoadedReaction, Message, Reaction, Room, User
from rooms.selectors.messages import get_message
from rooms.selectors.rooms import NO_ROOM
from rooms.services.locking import check_not_blocked, lock_room, membership_under_lock
from rooms.services.messages import save_change
from rooms.services.text_rules import check_emoji
from rooms.wire import reactions_wire

MAX_EMOJI = 20  # different ones on one message
MAX_REACTIONS_BYTES = (
    64 * 1024
)  # of all the reactions to a message on the wire, some 500: they go to every reader with each change


@transaction.atomic
def reaction_add(*, by: User, room: Room, seq: int, emoji: object) -> Message:
    """Answer a message with an emoji, and announce it. Idempotent. For members.

    Raises:
        MissingField, InvalidField: it is no text.
        NotFound: it is not one emoji, or there is no such message, or not for this person.
        Conflict: the person has not joined, the message is deleted or has too many reactions, or the room is closed.
    """
    wanted = check_emoji(emoji)
    locked, message = _lock(by, room, seq)
    if any((one.emoji, one.user_id) == (wanted, by.pk) for one in message.loaded_reactions):
        return message
    there = {one.emoji for one in message.loaded_reactions}
    if wanted not in there and len(there) >= MAX_EMOJI:
        raise Conflict(f"A message can have at most {MAX_EMOJI} different emoji.")
    reacted = [*message.loaded_reactions, LoadedReaction(wanted, by.pk, by.username, by.shown_name)]
    if len(orjson.dumps(reactions_wire(reacted))) > MAX_REACTIONS_BYTES:
        raise Conflict("This message has reached the maximum number of reactions.")
    Reaction.objects.create(message=message, user=by, emoji=wanted)
    message.loaded_reactions = reacted
    save_change(locked, message)
    return message


@transaction.atomic
def reaction_remove(*, by: User, room: Room, seq: int, emoji: object) -> Message:
    """Take one's emoji back from a message, and announce it. Idempotent. Raises what `reaction_add` raises."""
    unwanted = check_emoji(emoji)
    locked, message = _lock(by, room, seq)
    if Reaction.objects.filter(message=message, user=by, emoji=unwanted).delete()[0]:
        message.loaded_reactions = [
            one for one in message.loaded_reactions if (one.emoji, one.user_id) != (unwanted, by.pk)
        ]
        save_change(locked, message)
    return message


def _lock(by: User, room: Room, seq: int) -> tuple[Room, Message]:
    """The locked room, and a message of it that this person may react to."""
    locked = lock_room(room)
    member = membership_under_lock(by, locked)
    if member is None:
        if locked.kind == Room.Kind.OPEN and not locked.bans.filter(user=by).exists():
            raise Conflict("Join the room to react.")
        raise NotFound(NO_ROOM)
    check_not_blocked(member)
    message = get_message(locked, seq)
    if message.deleted_at is not None:
        raise Conflict("This message was deleted.")
    if locked.closed_at is not None:
        raise Conflict("This room is archived (read-only).")
    return locked, message
