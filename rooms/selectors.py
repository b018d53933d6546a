"""Reads. Every page, endpoint and socket comes through here; what a caller may see is decided here."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from hashlib import sha256

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from chatproject.models import Following
from chatproject.realtime.groups import StreamKey
from chatproject.realtime.source import GUEST
from chatproject.realtime.store import followings_of
from rooms.errors import NotAuthenticated, NotFound
from rooms.models import Ban, Installation, Membership, Message, PersonalAccessToken, Room, User

NO_ROOM = "There is no such room."
NO_PERSON = "There is no such person."
NO_TOKEN = "There is no such token."
NO_MESSAGE = "There is no such message, or it is not yours to change."


# `may_read`, of the one room of a name, as SQL: every request and every socket asks it, and the ORM takes ten times as
# long to compile the condition as the database to check it. A test holds the two together.
READABLE_ROOM = f"""
SELECT r.* FROM {Room._meta.db_table} r WHERE r.name = %s AND (
    EXISTS (SELECT 1 FROM {Membership._meta.db_table} m WHERE m.room_id = r.id AND m.user_id = %s)
    OR (r.kind = 'open'
        AND NOT EXISTS (SELECT 1 FROM {Ban._meta.db_table} b WHERE b.room_id = r.id AND b.user_id = %s)))
"""
GUESTS_ROOM = f"SELECT * FROM {Room._meta.db_table} WHERE name = %s AND kind = 'open' AND guests IN ('read', 'write')"


def may_read(user: User | AnonymousUser) -> Q:
    """The rooms that this person may read: their own, and the open ones they are not banned from."""
    if not isinstance(user, User) or not user.is_active:
        return Q(kind=Room.Kind.OPEN, guests__in=[Room.Guests.READ, Room.Guests.WRITE])
    open_to_them = Q(kind=Room.Kind.OPEN) & ~Q(bans__user=user)
    return Q(pk__in=Membership.objects.filter(user=user).values("room_id")) | open_to_them


def get_room_for(user: User | AnonymousUser, name: str) -> Room:
    """The room of that name, if the person may read it.

    Raises:
        NotFound: when it is absent or forbidden, in the same words.
    """
    if "\0" in name:
        raise NotFound(NO_ROOM)
    if isinstance(user, User) and user.is_active:
        found = list(Room.objects.raw(READABLE_ROOM, [name, user.pk, user.pk]))
    else:
        found = list(Room.objects.raw(GUESTS_ROOM, [name]))
    if not found:
        raise NotFound(NO_ROOM)
    return found[0]


def rooms_for(user: User) -> QuerySet[Room]:
    """The rooms a person belongs to, each with `my_role`."""
    return (
        Room.objects.filter(memberships__user=user)
        .annotate(mine=FilteredRelation("memberships", condition=Q(memberships__user=user)))
        .annotate(my_role=F("mine__role"))
        .order_by("name")
    )


def readable_rooms(user: User) -> QuerySet[Room]:
    """All the rooms a person may read, each with `my_role`, which is None where they are no member."""
    mine = Membership.objects.filter(room=OuterRef("pk"), user=user)
    return Room.objects.filter(may_read(user)).annotate(my_role=Subquery(mine.values("role"))).order_by("name")


def get_person(user_name: str) -> User:
    """The person of that name, whatever its case. Raises NotFound."""
    person = User.objects.filter(username__iexact=user_name).first() if "\0" not in user_name else None
    if person is None:
        raise NotFound(NO_PERSON)
    return person


def open_rooms_for(user: User) -> QuerySet[Room]:
    """The open rooms a person could join, each with `member_count`."""
    return (
        Room.objects.filter(kind=Room.Kind.OPEN, closed_at=None)
        .exclude(bans__user=user)
        .exclude(pk__in=Membership.objects.filter(user=user).values("room_id"))
        .annotate(member_count=Count("memberships"))
        .order_by("name")
    )


def get_membership(user: User | AnonymousUser, room: Room) -> Membership | None:
    """How a person belongs to a room, None when they don't."""
    if not isinstance(user, User):
        return None
    return Membership.objects.filter(user=user, room=room).first()


def readers_among(room: Room, user_ids: set[int]) -> set[int]:
    """Which of these people may read the room; GUEST stands for those without an account."""
    if room.kind != Room.Kind.OPEN:
        members = Membership.objects.filter(room=room, user_id__in=user_ids, user__is_active=True)
        return set(members.values_list("user_id", flat=True))
    people = User.objects.filter(pk__in=user_ids, is_active=True).exclude(pk__in=room.bans.values("user_id"))
    guests = {GUEST} if room.guests != Room.Guests.NONE else set()
    return set(people.values_list("pk", flat=True)) | guests


def banned_among(room: Room, user_ids: set[int]) -> list[int]:
    """Which of these people are banned from the room."""
    return list(room.bans.filter(user_id__in=user_ids).values_list("user_id", flat=True)) if user_ids else []


def members_of(room: Room) -> QuerySet[Membership]:
    """The members of a room with their accounts, the longest there first."""
    return Membership.objects.filter(room=room).select_related("user").order_by("id")


def bans_for(user: User, room: Room) -> QuerySet[Ban]:
    """The bans of a room, for its owners and moderators and for staff. Raises NotFound for everybody else."""
    _check_may_look_after(user, room)
    return Ban.objects.filter(room=room).select_related("user", "by").order_by("id")


def connections_to(user: User, room: Room) -> QuerySet[Following]:
    """The sockets that follow a room, for its owners and moderators and for staff. Raises NotFound for others."""
    _check_may_look_after(user, room)
    return followings_of(StreamKey("room", room.pk)).order_by("id")


def _check_may_look_after(user: User, room: Room) -> None:
    member = get_membership(user, room)
    if not user.is_staff and (member is None or member.role == Membership.Role.MEMBER):
        raise NotFound(NO_ROOM)


def _messages_of(room: Room) -> QuerySet[Message]:
    return Message.objects.filter(room=room).select_related("author")


def _of_room(messages: list[Message], room: Room) -> list[Message]:
    for message in messages:
        message.room = room
    return messages


def recent_messages(room: Room, *, before: int | None = None, limit: int = 50) -> list[Message]:
    """The newest `limit` messages, or the newest below the seq `before`; oldest first."""
    newest = _messages_of(room).order_by("-seq")
    if before is not None:
        newest = newest.filter(seq__lt=before)
    return _of_room(list(newest[:limit])[::-1], room)


def messages_after(room: Room, *, after: int, limit: int) -> list[Message]:
    """The first `limit` messages above the seq `after`, oldest first."""
    return _of_room(list(_messages_of(room).filter(seq__gt=after).order_by("seq")[:limit]), room)


def changes_since(room: Room, *, version: int, limit: int) -> list[Message]:
    """The first `limit` messages changed after `version`, in version order, each in its latest state."""
    return _of_room(list(_messages_of(room).filter(version__gt=version).order_by("version")[:limit]), room)


def get_message(room: Room, seq: int) -> Message:
    """The message with that place in the room. Raises NotFound."""
    message = _messages_of(room).filter(seq=seq).first() if 0 < seq < 2**63 else None
    if message is None:
        raise NotFound(NO_MESSAGE)
    message.room = room
    return message


def token_digest(secret: str) -> str:
    """What is kept of a token's secret. Not a slow hash: the secret is 256 random bits, which nobody can guess."""
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()


def get_token_by_secret(secret: str) -> PersonalAccessToken:
    """The token with this secret, with its owner. Raises NotAuthenticated when it opens nothing, and says why."""
    token = PersonalAccessToken.objects.select_related("user").filter(digest=token_digest(secret)).first()
    if token is None:
        raise NotAuthenticated(NO_TOKEN)
    if token.revoked_at is not None:
        raise NotAuthenticated("The token has been revoked.")
    if token.expires_at is not None and token.expires_at <= timezone.now():
        raise NotAuthenticated("The token has expired.")
    if not token.user.is_active:
        raise NotAuthenticated("The account of this token is not active.")
    return token


def live_tokens(token_ids: Collection[int]) -> QuerySet[PersonalAccessToken]:
    """Those of the tokens that are neither revoked nor expired."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return PersonalAccessToken.objects.filter(unexpired, pk__in=token_ids, revoked_at=None)


def tokens_of(user: User) -> QuerySet[PersonalAccessToken]:
    """A person's tokens that are not revoked, the newest first; those that have expired are among them."""
    return PersonalAccessToken.objects.filter(user=user, revoked_at=None).order_by("-id")


def get_token_of(user: User, token_id: int) -> PersonalAccessToken:
    """A person's own token that is not revoked. Raises NotFound."""
    token = tokens_of(user).filter(pk=token_id).first() if token_id < 2**63 else None
    if token is None:
        raise NotFound(NO_TOKEN)
    return token


@cache
def get_epoch() -> str:
    """The name of this life of the database; read once a process, since only a restore changes it."""
    return str(Installation.objects.get_or_create(pk=1)[0].epoch)
