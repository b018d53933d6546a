"""People, rooms, memberships and messages, with the rules that must hold whoever writes.

Two counters of a room are taken under its row lock: `version` goes up by one with every change in the room, `last_seq`
by one with every message. A message keeps its `seq` for ever and carries the `version` of its latest change, so that
"what changed since v" is one indexed query.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any, ClassVar, NamedTuple

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from chatproject.avatars import avatar_path
from rooms.lookalikes import are_confusable, looks, mixes_scripts
from rooms.names import name_key, validate_user_name

DIRECT_TITLE = "Direct room"  # while nobody says who looks at it, or when one is alone in it
NAME_TAKEN = "That username is taken."
ROOM_NAME_PATTERN = r"^(?!\.+$)[a-z0-9._-]{1,64}$"  # dots alone are places in an address
validate_room_name = RegexValidator(
    r"\A(?!\.+\Z)[a-z0-9._-]{1,64}\Z",
    "Use 1 to 64 lowercase letters, digits, dots, dashes and underscores, and not only dots.",
)


class CaseInsensitiveUserManager(UserManager["User"]):
    """Finds people by what they are or were called, in any spelling."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The user of that name. Raises User.DoesNotExist."""
        found = UserName.objects.owners([username or ""])
        if not found:
            raise User.DoesNotExist
        return found[username or ""]


class User(AbstractUser):
    """A person or a bot. `username` is the `user_name` of the APIs; what is unique of it is its key: see `UserName`."""

    username = models.CharField(
        "username",
        max_length=150,
        unique=True,
        help_text="Letters, digits and @ . + - _",
        validators=[UnicodeUsernameValidator(), validate_user_name],
        error_messages={"unique": NAME_TAKEN},
    )
    display_name = models.CharField(max_length=80, blank=True, help_text="Shown instead of the username, if given.")
    # That of `Picture`, kept here too: every message on the wire names it.
    picture_digest = models.CharField(max_length=32, blank=True, editable=False)
    objects: ClassVar[CaseInsensitiveUserManager] = CaseInsensitiveUserManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            # No regular expression: other programs that write to an SQLite file have none. Validators say the rest.
            models.CheckConstraint(condition=~Q(username__in=[".", ".."]), name="user_name_form"),
        ]

    def clean(self) -> None:
        """Refuse a new name that is, was or looks like somebody else's, or mixes scripts. Raises ValidationError."""
        super().clean()  # brings it into NFKC
        if not self.username:  # a form has refused it
            return
        if User.objects.filter(pk=self.pk, username=self.username).exists():
            return
        if mixes_scripts(self.username):
            raise ValidationError({"username": "A username can't mix letters of different scripts."})
        if UserName.objects.taken([self.username], besides=self):
            raise ValidationError({"username": NAME_TAKEN})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Takes the name for good, too. Raises IntegrityError when it is or was somebody else's."""
        fields = kwargs.get("update_fields")
        if fields is not None and "username" not in fields:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            UserName.objects.take(self)

    @property
    def shown_name(self) -> str:
        """What other people see: the display name, else the user name."""
        return self.display_name or self.username

    @property
    def avatar(self) -> str | None:
        """The path of their picture, None when they have uploaded none."""
        return avatar_path(self.picture_digest)


class UserNameManager(models.Manager["UserName"]):
    """Looks names up, by their keys only."""

    def owners(self, names: Collection[str]) -> dict[str, User]:
        """Those of the names that are or were an account's, as they are given, with the account."""
        keys = {name: key for name in names if (key := name_key(name)).isprintable()}  # others no database takes
        spellings = {"", *filter(str.isprintable, names)}
        rows = self.filter(key__in=set(keys.values()), spelling__in=spellings, user__isnull=False)
        found = {(row.key, row.spelling): row.user for row in rows.select_related("user")}
        by_name = {name: found.get((key, name)) or found.get((key, "")) for name, key in keys.items()}
        return {name: user for name, user in by_name.items() if user is not None}

    def taken(self, names: Collection[str], *, besides: User | None = None) -> set[str]:
        """Which of the names are, were or look like that of an account other than `besides`, deleted ones included."""
        alike = Q(pk__in=[])
        for name in names:
            look, capital_look = looks(name)
            alike |= Q(key=name_key(name)) | Q(look=look) | Q(capital_look=capital_look)
        rows = self.filter(alike) if names else self.none()
        if besides is not None and besides.pk is not None:
            rows = rows.exclude(user=besides)
        keys = list(rows.values_list("key", flat=True))
        return {name for name in names if any(are_confusable(name, key) for key in keys)}

    def take(self, user: User) -> None:
        """Make the present name of an account its own for ever. Idempotent. Raises IntegrityError."""
        key = name_key(user.username)
        owners = set(self.filter(key=key, spelling__in=["", user.username]).values_list("user_id", flat=True))
        if user.pk in owners:
            return
        if owners:
            raise IntegrityError(NAME_TAKEN)
        look, capital_look = looks(key)
        self.create(key=key, user=user, look=look, capital_look=capital_look)


class UserName(models.Model):
    """A name that an account has or had. Nobody else gets it, not even when the account is deleted.

    Names are looked up here alone, by the one key of all their spellings.
    """

    # Folding makes three letters of one at most.
    key = models.CharField(max_length=450)
    # Only of names that were another account's already when keys came: just this spelling finds the account.
    spelling = models.CharField(max_length=150, blank=True, default="")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="names")
    # Digests: see `rooms.lookalikes.looks`.
    look = models.CharField(max_length=64, db_index=True)
    capital_look = models.CharField(max_length=64, db_index=True)
    objects: ClassVar[UserNameManager] = UserNameManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "spelling"], name="user_name_key_once"),
            models.CheckConstraint(condition=~Q(key=""), name="user_name_key_given"),
        ]

    def __str__(self) -> str:
        return self.spelling or self.key


class Picture(models.Model):
    """A person's picture, as we encoded it. In the database: every server process and every backup has it."""

    user = models.OneToOneField(User, models.CASCADE, related_name="picture")
    digest = models.CharField(max_length=32, db_index=True, help_text="Of the image; names it in its address.")
    image = models.BinaryField(help_text="A square WebP.")

    def __str__(self) -> str:
        return f"of {self.user}"


class Room(models.Model):
    """A stream of messages that its members follow."""

    class Kind(models.TextChoices):
        """Who may find a room: everybody signed in, its members, or just the people it was made for."""

        OPEN = "open"
        PRIVATE = "private"
        DIRECT = "direct"

    class Guests(models.TextChoices):
        """What people without an account may do in a room."""

        NONE = "none"
        READ = "read"
        WRITE = "write"

    name = models.CharField(max_length=64, unique=True, validators=[validate_room_name], help_text="Never changes.")
    title = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OPEN)
    guests = models.CharField(max_length=8, choices=Guests.choices, default=Guests.NONE)
    # Of a direct room: who it is for, so that it is found again, whoever starts.
    direct_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(name__regex=ROOM_NAME_PATTERN), name="room_name_form"),
            models.CheckConstraint(condition=Q(kind__in=["open", "private", "direct"]), name="room_kind"),
            models.CheckConstraint(condition=Q(guests__in=["none", "read", "write"]), name="room_guests"),
            models.CheckConstraint(condition=Q(guests="none") | Q(kind="open"), name="room_guests_only_if_open"),
            models.CheckConstraint(
                condition=Q(direct_key__isnull=True) | Q(kind="direct"), name="room_direct_key_only_if_direct"
            ),
            models.CheckConstraint(condition=Q(version__gte=models.F("last_seq")), name="room_version_covers_seq"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("room", args=[self.name])

    @property
    def shown_title(self) -> str:
        """What people see: the title, else the name. Of a direct room, while nobody says who looks at it."""
        return self.title or (DIRECT_TITLE if self.kind == self.Kind.DIRECT else self.name)


class Membership(models.Model):
    """That a person belongs to a room, and as what."""

    class Role(models.TextChoices):
        """Owners do everything, moderators look after people and messages, members write."""

        OWNER = "owner"
        MODERATOR = "moderator"
        MEMBER = "member"

    FOR_GOOD = 2**63 - 1  # a `hidden_seq` that no message reaches

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)
    # The one read pointer of a person in a room: what has a higher seq is unread.
    read_seq = models.PositiveBigIntegerField(default=0, editable=False)
    # Of a direct room: up to which message it is out of the person's list. FOR_GOOD: until they open it again.
    hidden_seq = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    # Of a direct room of two: one of them has blocked the other, so neither writes.
    silenced = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=["owner", "moderator", "member"]), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"


class Ban(models.Model):
    """That a person may not come back to a room, an open one included."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="bans")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="ban_once")]

    def __str__(self) -> str:
        return f"{self.user} from {self.room}"


class Invitation(models.Model):
    """That a person may join a room which they could not find, or not join, by themselves."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="invitations")
    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="invitation_once")]

    def __str__(self) -> str:
        return f"{self.user} to {self.room}"


class Asked(models.Model):
    """When somebody was last told of an invitation to a room, and when they declined one: not to ask them for ever."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    told_at = models.DateTimeField()
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="asked_once")]

    def __str__(self) -> str:
        return f"{self.user} to {self.room}"


class Block(models.Model):
    """That a person (`by`) wants nothing from another: no messages in direct rooms, invitations, mentions, tasks."""

    by = models.ForeignKey(User, models.CASCADE, related_name="blocks")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["by", "user"], name="block_once")]

    def __str__(self) -> str:
        return f"{self.user} by {self.by}"


class Reacted(NamedTuple):
    """Who answered a message with an emoji, as its wire form shows them."""

    emoji: str
    user_id: int
    user_name: str
    display_name: str


class Message(models.Model):
    """One message. Its place in the room is `seq`; a deleted one stays as a tombstone without content."""

    # Without an index of its own: that of (room, seq) serves, and each costs every message.
    room = models.ForeignKey(Room, models.CASCADE, related_name="messages", db_index=False)
    seq = models.PositiveBigIntegerField()
    version = models.PositiveBigIntegerField()
    # Indexed below, with the places: one's own messages are never unread, and have to be counted.
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False)
    # Kept beside the author, so that a message outlives the account, and for guests, who have none.
    user_name = models.CharField(max_length=150)
    guest = models.BooleanField(default=False)
    content = models.TextField(blank=True)
    html = models.TextField(blank=True, editable=False)
    client_id = models.CharField(max_length=64, null=True, blank=True)
    # The place, in the same room, of the message that this one answers. A seq never changes: no join, no index to keep.
    reply_to_seq = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    # That of its latest edit; `version` goes up with reactions, too.
    edited_version = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    # What selectors load along for its wire form; a new message has no reactions.
    reacted: Sequence[Reacted] = ()  # in the order of reacting
    original: Message | None = None  # the one that it answers

    class Meta:
        ordering = ["room", "seq"]
        indexes = [
            models.Index(fields=["author", "room", "seq"], name="message_own"),
            models.Index(fields=["room", "seq"], condition=Q(deleted_at__isnull=False), name="message_deleted"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["room", "version"], name="message_version_once"),
            # In this order: "which of these client_ids are there" is looked up for every message that is posted.
            models.UniqueConstraint(
                fields=["room", "client_id", "author"],
                condition=Q(author__isnull=False, client_id__isnull=False),
                name="message_client_id_once",
            ),
            models.UniqueConstraint(
                fields=["room", "client_id", "user_name"],
                condition=Q(guest=True, client_id__isnull=False),
                name="message_guest_client_id_once",
            ),
            models.CheckConstraint(
                condition=Q(seq__gte=1, version__gte=models.F("seq")), name="message_version_covers_seq"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(content="", html=""), name="message_tombstone_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}#{self.seq}"


class Revision(models.Model):
    """What an edited message said before. For those who look after the room; gone when the message is deleted."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="revisions")
    content = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.message} of {self.written_at:%Y-%m-%d %H:%M}"


class Reaction(models.Model):
    """That a person answered a message with an emoji."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="reactions")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    emoji = models.CharField(max_length=32)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["message", "emoji", "user"], name="reaction_once")]

    def __str__(self) -> str:
        return f"{self.emoji} by {self.user}"


class Mention(models.Model):
    """That a message calls a member: it names them, or answers a message of theirs."""

    class Kind(models.TextChoices):
        """How it calls them; a message that does both names them."""

        NAMED = "named"
        REPLY = "reply"

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, models.CASCADE, related_name="mentions")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.NAMED)
    # The message's own, for counting what somebody has not read.
    room = models.ForeignKey(Room, models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField()
    # Until it is decided whether to notify them: who reads along needs no notification.
    pending = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["message", "user"], name="mention_once"),
            models.CheckConstraint(condition=Q(kind__in=["named", "reply"]), name="mention_kind"),
        ]
        indexes = [
            models.Index(fields=["user", "room", "seq"], name="mention_unread"),
            models.Index(fields=["room"], name="mention_of_room"),
            models.Index(fields=["id"], condition=Q(pending=True), name="mention_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.message}"


class PersonalAccessToken(models.Model):
    """What a program of a person's shows instead of their password. Only a digest of the secret is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=80, help_text="What it is for.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="To the minute.")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class PasswordResetRequest(models.Model):
    """That somebody asked for a link to a new password, for whoever has this address; gone when it is dealt with."""

    mailbox = models.CharField(max_length=254, unique=True)  # the address in one spelling
    email = models.CharField(max_length=254)  # as it was typed last
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"of {self.asked_at:%Y-%m-%d %H:%M}"


class Installation(models.Model):
    """The one row that names this life of the database. Restoring a backup gives it a new `epoch`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="installation_single")]

    def __str__(self) -> str:
        return str(self.epoch)
