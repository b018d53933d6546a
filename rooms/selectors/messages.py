"""Messages of a room that the user may read, which the caller has checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chatproject.page_size import fit_around, fit_from_end, fit_from_start
from chatproject.prepared_query import PreparedQuery
from rooms.errors import NotFound
from rooms.models import LoadedReaction, Message, Reaction, Revision, Room, User
from rooms.selectors.attachments import load_attachments
from rooms.selectors.members import check_may_moderate
from rooms.selectors.previews import load_previews
from rooms.wire import message_size

NO_MESSAGE = _("Message not found, or you can't change it.")


def _messages_of(room: Room | int) -> QuerySet[Message]:
    return Message.objects.filter(room=room).select_related("author")


MAX_SEQ = 2**63 - 1  # above every seq
_newest_below = PreparedQuery(lambda room_id, seq: _messages_of(room_id).filter(seq__lt=seq).order_by("-seq"))
_first_above = PreparedQuery(lambda room_id, seq: _messages_of(room_id).filter(seq__gt=seq).order_by("seq"))
_at_seq = PreparedQuery(lambda room_id, seq: _messages_of(room_id).filter(seq=seq).order_by())
_changed_since = PreparedQuery(
    lambda room_id, version: _messages_of(room_id).filter(version__gt=version).order_by("version")
)


def load_related(messages: Sequence[Message], room: Room) -> list[Message]:
    """Load what the wire form of a room's messages needs: reactions, files, previews, and the messages they reply to.

    Takes at most four queries, one more if any of the messages has links, and one if any is pinned.
    """
    for message in messages:
        message.room = room
    _load_parts(messages)
    _load_originals(messages, room)
    return list(messages)


def load_related_in_rooms(messages: Sequence[Message]) -> None:
    """Do what `load_related` does for messages of several rooms, each loaded with its room.

    Takes one query more for each room in which any of them is a reply.
    """
    _load_parts(messages)
    replies: defaultdict[int, list[Message]] = defaultdict(list)
    for message in messages:
        if message.reply_to_seq is not None:
            replies[message.room_id].append(message)
    for several in replies.values():
        _load_originals(several, several[0].room)


def _load_parts(messages: Sequence[Message]) -> None:
    """Load everything but the messages they reply to."""
    ids = [message.pk for message in messages]
    reactions = _load_reactions(ids) if ids else {}
    attachments = load_attachments(ids) if ids else {}
    previews = load_previews(messages)
    _load_who_pinned(messages)
    for message in messages:
        message.loaded_reactions = reactions.get(message.pk, ())
        message.loaded_attachments = attachments.get(message.pk, ())
        message.loaded_previews = previews.get(message.pk, ())


def _load_originals(messages: Sequence[Message], room: Room) -> None:
    originals = originals_of(messages, room)
    for message in messages:
        if message.reply_to_seq is not None:
            message.original = originals[message.reply_to_seq]


def _load_who_pinned(messages: Sequence[Message]) -> None:
    if ids := {message.pinned_by_id for message in messages if message.pinned_by_id is not None}:
        users = User.objects.in_bulk(ids)
        for message in messages:
            message.pinned_by = users.get(message.pinned_by_id or 0)


def _load_reactions(message_ids: Sequence[int]) -> dict[int, list[LoadedReaction]]:
    """Return the reactions by message id, oldest first."""
    found: defaultdict[int, list[LoadedReaction]] = defaultdict(list)
    # In SQL because every page runs it: the ORM takes several times as long to compile the query as the database to
    # find nothing.
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.id, r.message_id, r.emoji, u.id, u.username, u.display_name FROM {Reaction._meta.db_table} r"
            f" JOIN {User._meta.db_table} u ON u.id = r.user_id"
            f" WHERE r.message_id IN ({', '.join(['%s'] * len(message_ids))})",
            message_ids,
        )
        # Sorted here: with many reactions, SQLite would read the whole table to return them in order.
        for _, message_id, emoji, user_id, user_name, display_name in sorted(cursor.fetchall()):
            found[message_id].append(LoadedReaction(emoji, user_id, user_name, display_name or user_name))
    return found


def originals_of(messages: Sequence[Message], room: Room) -> dict[int, Message]:
    """Return the messages that these messages of a room reply to, by seq. Only missing ones are queried."""
    loaded = {message.seq: message for message in messages}
    missing = {message.reply_to_seq for message in messages if message.reply_to_seq is not None} - loaded.keys()
    if missing:
        found = list(_messages_of(room).filter(seq__in=missing))
        load_names_of_files(found)
        loaded |= {message.seq: message for message in found}
    return loaded


def load_names_of_files(messages: Collection[Message]) -> None:
    """Load the attachments of messages without text: their excerpt consists of the names."""
    ids = [message.pk for message in messages if not message.content and message.deleted_at is None]
    attachments = load_attachments(ids) if ids else {}
    for message in messages:
        message.loaded_attachments = attachments.get(message.pk, ())


def recent_messages(room: Room, *, before: int | None = None, limit: int = 50) -> list[Message]:
    """Return the newest `limit` messages, or the newest below `before`, oldest first. Fewer if they are long."""
    newest = _newest_below.all(room.pk, MAX_SEQ if before is None else before, limit=limit)
    return fit_from_end(load_related(newest[::-1], room), message_size)


def messages_after(room: Room, *, after: int, limit: int) -> list[Message]:
    """Return the first `limit` messages above the seq `after`, oldest first. Fewer if they are long."""
    return fit_from_start(load_related(_first_above.all(room.pk, after, limit=limit), room), message_size)


def messages_around(room: Room, seq: int, *, limit: int = 50) -> list[Message]:
    """Return `limit` messages with the seq in the middle, or nearer to an end of the room, oldest first.

    Fewer if they are long.
    """
    first = max(min(seq - limit // 2, room.last_seq - limit + 1), 1)  # seqs have no gaps
    messages = load_related(_first_above.all(room.pk, first - 1, limit=limit), room)
    if not messages:
        return []
    return fit_around(messages, min(max(seq - first, 0), len(messages) - 1), message_size)


def changes_since(room: Room, *, version: int, limit: int) -> list[Message]:
    """Return the first `limit` messages changed after `version`, in version order, each in its latest state."""
    return load_related(_changed_since.all(room.pk, version, limit=limit), room)


def messages_at(keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], Message]:
    """Return the existing messages with these room ids and seqs, tombstones included, with what an excerpt needs."""
    either = reduce(or_, (Q(room=room_id, seq=seq) for room_id, seq in keys))
    found = list(Message.objects.filter(either).select_related("author").order_by())
    load_names_of_files(found)
    return {(message.room_id, message.seq): message for message in found}


def get_message(room: Room, seq: int) -> Message:
    """Return the message with this seq. Raises NotFound."""
    found = _at_seq.all(room.pk, seq) if 0 < seq < 2**63 else []
    if not found:
        raise NotFound(NO_MESSAGE)
    return load_related(found, room)[0]


def latest_message_of(user: User, room: Room) -> Message:
    """Return a user's newest message in the room that is not deleted. Raises NotFound."""
    message = _messages_of(room).filter(author=user, deleted_at=None).order_by("-seq").first()
    if message is None:
        raise NotFound(_("You have no messages in this room."))
    return load_related([message], room)[0]


def reactions_to(message: Message) -> QuerySet[Reaction]:
    """Return the reactions to a message with their users, oldest first."""
    return Reaction.objects.filter(message=message).select_related("user").order_by("id")


def revisions_for(user: User, room: Room, seq: int) -> QuerySet[Revision]:
    """Return the revisions of a message, oldest first. For the room's owners and moderators, and for staff.

    Raises NotFound for everyone else.
    """
    check_may_moderate(user, room)
    return Revision.objects.filter(message=get_message(room, seq)).order_by("id")
