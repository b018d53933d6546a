"""Accounts with their names, pictures, blocks and tokens."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from chatproject.avatar_urls import avatar_path
from chatproject.prepared_query import PreparedQuery
from rooms.people.confusables import appearance_digests, are_confusable, mixes_scripts
from rooms.people.names import NAMES_OF_EVERYBODY, name_key, validate_user_name

ID = re.compile(r"[0-9]{1,18}", re.ASCII)  # what a database column takes
NAME_TAKEN = _("That username is taken.")


class CaseInsensitiveUserManager(UserManager["User"]):
    """Finds users by their present or past username, in any spelling."""

    def get(self, *args: Any, **kwargs: Any) -> User:
        """As Django's. Every request and every socket looks up a user by id, so that is compiled only once."""
        value: Any = next(iter(kwargs.values()), None)
        if args or kwargs.keys() not in ({"pk"}, {"id"}) or not ID.fullmatch(str(value)):
            return super().get(*args, **kwargs)
        found = _user_by_id.all(int(value))
        if not found:
            raise User.DoesNotExist
        return found[0]

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with this username. Raises User.DoesNotExist."""
        found = UserName.objects.accounts([username or ""])
        if not found:
            raise User.DoesNotExist
        return found[username or ""]


_user_by_id = PreparedQuery(lambda user_id: User.objects.filter(pk=user_id))


class User(AbstractUser):
    """A person or a bot. `username` is `user_name` in the APIs; the key of it is unique, see `UserName`."""

    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        help_text=_("Letters, digits and @ . + - _"),
        validators=[UnicodeUsernameValidator(), validate_user_name],
        error_messages={"unique": NAME_TAKEN},
    )
    display_name = models.CharField(
        _("display name"), max_length=80, blank=True, help_text=_("Shown instead of the username, if given.")
    )
    # A copy of `Picture.digest`, because the wire form of every message contains it.
    picture_digest = models.CharField(max_length=32, blank=True, editable=False)
    show_link_previews = models.BooleanField(
        _("show link previews"), default=True, db_default=True, help_text=_("In this person's pages.")
    )
    time_zone = models.CharField(
        max_length=64,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Like Europe/Berlin. Empty if it is not shown, null until a browser has named it."),
    )
    language = models.CharField(
        _("language"),
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text=_("One of the setting LANGUAGES. Empty for the language of the browser."),
    )
    two_step_since = models.DateTimeField(
        _("two-step sign-in since"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Empty without an authenticator app or passkey."),
    )
    # Changes when two-step sign-in turns on or off, for example: whatever was signed in before that ends.
    sign_in_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Whether there may be a `Restriction` of this user that is in force; if not, none is looked up.
    restricted = models.BooleanField(default=False, db_default=False, editable=False)
    objects: ClassVar[CaseInsensitiveUserManager] = CaseInsensitiveUserManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            # Not a regular expression: other programs that write to an SQLite file lack it. Validators check the rest.
            models.CheckConstraint(condition=~Q(username__in=[".", ".."]), name="user_name_form"),
        ]

    def clean(self) -> None:
        """Reject a new username that mixes scripts, or is, was or looks like another one. Raises ValidationError."""
        super().clean()  # normalizes it to NFKC
        if not self.username:  # the form has rejected it
            return
        if User.objects.filter(pk=self.pk, username=self.username).exists():
            return
        if name_key(self.username) in NAMES_OF_EVERYBODY:
            mention = {"mention": f"@{name_key(self.username)}"}
            error = ValidationError(_("%(mention)s mentions everyone in a room."), params=mention)
            raise ValidationError({"username": error})
        if mixes_scripts(self.username):
            raise ValidationError({"username": _("A username can't mix letters of different scripts.")})
        if UserName.objects.unavailable([self.username], other_than=self):
            raise ValidationError({"username": NAME_TAKEN})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the user and reserve the username forever. Raises IntegrityError when it is or was somebody else's."""
        fields = kwargs.get("update_fields")
        if fields is not None and "username" not in fields:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            UserName.objects.reserve(self)

    def get_session_auth_hash(self) -> str:
        """Return what a session must contain. It changes with the password and with `sign_in_version`.

        So a session that was begun with a password only ends when the account gets a second factor.
        """
        of_password = super().get_session_auth_hash()
        if not self.sign_in_version:
            return of_password
        value = f"{of_password}:{self.sign_in_version}"
        return salted_hmac("rooms.sign_in_version", value, algorithm="sha256").hexdigest()

    @property
    def shown_name(self) -> str:
        """The name that people see: the display name, else the username."""
        return self.display_name or self.username

    @property
    def avatar(self) -> str | None:
        """The URL path of the user's picture, or None if they have not uploaded one."""
        return avatar_path(self.picture_digest)


class UserNameManager(models.Manager["UserName"]):
    """Looks up usernames by their keys."""

    def accounts(self, names: Collection[str]) -> dict[str, User]:
        """Return the accounts that have or had these usernames, by the names as given."""
        keys = {name: key for name in names if (key := name_key(name)).isprintable()}  # databases can't store others
        spellings = {"", *filter(str.isprintable, names)}
        rows = self.filter(key__in=set(keys.values()), spelling__in=spellings, user__isnull=False)
        found = {(row.key, row.spelling): row.user for row in rows.select_related("user")}
        by_name = {name: found.get((key, name)) or found.get((key, "")) for name, key in keys.items()}
        return {name: user for name, user in by_name.items() if user is not None}

    def unavailable(self, names: Collection[str], *, other_than: User | None = None) -> set[str]:
        """Return which of the names are, were or look like the username of another account than this user.

        Deleted accounts count, too.
        """
        alike = Q(pk__in=[])
        for name in names:
            look, capital_look = appearance_digests(name)
            alike |= Q(key=name_key(name)) | Q(look=look) | Q(capital_look=capital_look)
        rows = self.filter(alike) if names else self.none()
        if other_than is not None and other_than.pk is not None:
            rows = rows.exclude(user=other_than)
        keys = list(rows.values_list("key", flat=True))
        return {name for name in names if any(are_confusable(name, key) for key in keys)}

    def reserve(self, user: User) -> None:
        """Reserve the present username of an account forever. Idempotent. Raises IntegrityError."""
        key = name_key(user.username)
        owners = set(self.filter(key=key, spelling__in=["", user.username]).values_list("user_id", flat=True))
        if user.pk in owners:
            return
        if owners:
            raise IntegrityError(NAME_TAKEN)
        look, capital_look = appearance_digests(key)
        self.create(key=key, user=user, look=look, capital_look=capital_look)


class UserName(models.Model):
    """A username that an account has or had. No other account can have it, even after the account is deleted.

    All lookups by username use this table, with the key that all spellings of a name share.
    """

    # Case folding turns one letter into at most three.
    key = models.CharField(max_length=450)
    # Only set for names that another account already had when keys were introduced: only this spelling is found.
    spelling = models.CharField(max_length=150, blank=True, default="")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="names")
    # Digests, see `rooms.people.confusables.appearance_digests`.
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
    """A user's picture, as the server encoded it. It is in the database so that all processes and backups have it."""

    user = models.OneToOneField(User, models.CASCADE, related_name="picture")
    digest = models.CharField(max_length=32, db_index=True, help_text=_("Of the image; names it in its address."))
    image = models.BinaryField(help_text=_("A square WebP."))

    def __str__(self) -> str:
        return f"of {self.user}"


class Block(models.Model):
    """A block: `by` gets no direct messages, invitations, mentions or tasks from `user`."""

    by = models.ForeignKey(User, models.CASCADE, related_name="blocks")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["by", "user"], name="block_once")]

    def __str__(self) -> str:
        return f"{self.user} by {self.by}"


class PersonalAccessToken(models.Model):
    """A token with which a program authenticates as a user. Only a digest of its secret is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="access_tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=80, help_text=_("What it is for."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_used_at = models.DateTimeField(
        _("last used at"), null=True, blank=True, editable=False, help_text=_("To the minute.")
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    two_step = models.BooleanField(
        _("two-step"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Created while the account had two-step sign-in."),
    )

    class Meta:
        verbose_name = _("personal access token")
        verbose_name_plural = _("personal access tokens")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
