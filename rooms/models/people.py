"""People: accounts, their names and pictures, who blocked whom, tokens and password resets."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from chatproject.avatar_urls import avatar_path
from rooms.people.confusables import are_confusable, looks, mixes_scripts
from rooms.people.names import name_key, validate_user_name

NAME_TAKEN = "That username is taken."


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
    # Digests: see `rooms.people.confusables.looks`.
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
