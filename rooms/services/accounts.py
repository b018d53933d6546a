"""Making accounts, and ending what is open in their name."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from chatproject.realtime.delivery.publish import identities_changed, session_ended
from rooms.errors import Conflict, InvalidField
from rooms.models import NAME_TAKEN, Installation, User
from rooms.services.profile import check_display_name

ADMIN = Q(is_active=True, is_staff=True, is_superuser=True)  # who can do everything in the Django admin


def account_create(*, username: str, password: str, display_name: str = "", is_admin: bool = False) -> User:
    """Make an account. Raises InvalidField with the first thing wrong with the name or password."""
    name = check_display_name(display_name)
    username = User.normalize_username(username)
    user = User(username=username, display_name=name, is_staff=is_admin, is_superuser=is_admin)
    user.set_password(password)
    try:
        user.full_clean()
        validate_password(password, user)
        with transaction.atomic():
            user.save()
    except ValidationError as error:
        raise InvalidField(error.messages[0]) from error
    except IntegrityError as error:
        raise InvalidField(NAME_TAKEN) from error
    return user


@transaction.atomic
def first_admin_create(*, username: str, password: str) -> User:
    """Make the admin of an empty installation. Raises Conflict once anybody exists, InvalidField."""
    # The row serialises two first visitors.
    Installation.objects.get_or_create(pk=1)
    Installation.objects.select_for_update().get(pk=1)
    if User.objects.exists():
        raise Conflict("This installation already has an admin.")
    return account_create(username=username, password=password, is_admin=True)


def check_admin_remains(*, without: User) -> None:
    """Refuse that this account stops being an admin's, in the same transaction: one must be able to sign in.

    Raises Conflict when it is the last.
    """
    # The row serialises two admins who put out each other.
    Installation.objects.get_or_create(pk=1)
    Installation.objects.select_for_update().get(pk=1)
    admins = User.objects.filter(ADMIN)
    if admins.filter(pk=without.pk).exists() and not admins.exclude(pk=without.pk).exists():
        raise Conflict(f"{without.username} is the last admin. Make somebody else a superuser first.")


def user_sockets_recheck(*, user: User) -> None:
    """Have all processes close this person's sockets whose right has ended. Call it after the change."""
    user_id = user.pk  # a deleted account has forgotten it by the time of the commit
    transaction.on_commit(lambda: identities_changed(user_id), robust=True)


def session_sockets_close(*, session_key: str) -> None:
    """Have all processes close the sockets of a session that has ended."""
    transaction.on_commit(lambda: session_ended(session_key), robust=True)
