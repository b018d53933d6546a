"""Add and remove reactions to messages."""

from __future__ import annotations

import orjson
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import Conflict, NotFound
from rooms.models import LoadedReaction, Message, Reaction, Room, User
from rooms.selectors.messages import get_message
from rooms.selectors.rooms import NO_ROOM
from rooms.services.locking import check_may_write, lock_room, membership_under_lock
from rooms.services.message_changes import save_change
from rooms.services.text_rules import check_emoji
from rooms.wire import reactions_wire

MAX_EMOJI = 20  # different emoji on one message
# Of all reactions to a message in its wire form, about 500 of them: every change sends them to every reader.
MAX_REACTIONS_BYTES = 64 * 1024


@transaction.atomic
def reaction_add(*, by: User, room: Room, seq: int, emoji: object) -> Message:
    """React to a message with an emoji, and announce it. Idempotent. For members of the room.

    Raises:
        MissingField, InvalidField: `emoji` is missing or is not a string.
        NotFound: it is not exactly one emoji, or there is no such message, or `by` may not read it.
        Conflict: `by` has not joined the room, the message is deleted or has too many reactions, the room is closed, or
            in a direct room one of the two has blocked the other.
    """
    emoji = check_emoji(emoji)
    locked, message = _lock(by, room, seq)
    if any((one.emoji, one.user_id) == (emoji, by.pk) for one in message.loaded_reactions):
        return message
    used = {one.emoji for one in message.loaded_reactions}
    if emoji not in used and len(used) >= MAX_EMOJI:
        sentence = ngettext_lazy(
            "A message can have at most %(maximum)d different emoji.",
            "A message can have at most %(maximum)d different emoji.",
            "maximum",
        )
        raise Conflict(sentence, {"maximum": MAX_EMOJI})
    reacted = [*message.loaded_reactions, LoadedReaction(emoji, by.pk, by.username, by.shown_name)]
    if len(orjson.dumps(reactions_wire(reacted))) > MAX_REACTIONS_BYTES:
        raise Conflict(_("This message has reached the maximum number of reactions."))
    Reaction.objects.create(message=message, user=by, emoji=emoji)
    message.loaded_reactions = reacted
    save_change(locked, message)
    return message


@transaction.atomic
def reaction_remove(*, by: User, room: Room, seq: int, emoji: object) -> Message:
    """Remove the user's reaction from a message, and announce it. Idempotent. Raises what `reaction_add` raises."""
    emoji = check_emoji(emoji)
    locked, message = _lock(by, room, seq)
    if Reaction.objects.filter(message=message, user=by, emoji=emoji).delete()[0]:
        message.loaded_reactions = [
            one for one in message.loaded_reactions if (one.emoji, one.user_id) != (emoji, by.pk)
        ]
        save_change(locked, message)
    return message


def _lock(by: User, room: Room, seq: int) -> tuple[Room, Message]:
    """Lock the room, and return it with a message that this user may react to. Raises NotFound, Conflict."""
    locked = lock_room(room)
    member = membership_under_lock(by, locked)
    if member is None:
        if locked.kind == Room.Kind.OPEN and not locked.bans.filter(user=by).exists():
            raise Conflict(_("Join the room to react."))
        raise NotFound(NO_ROOM)
    check_may_write(member)
    message = get_message(locked, seq)
    if message.deleted_at is not None:
        raise Conflict(_("This message was deleted."))
    if locked.closed_at is not None:
        raise Conflict(_("This room is archived (read-only)."))
    return locked, message
