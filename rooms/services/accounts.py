"""Create accounts, and close their sockets when a session or a right ends."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chatproject.realtime.delivery.publish import identities_changed, session_ended
from rooms.errors import Conflict, InvalidField
from rooms.models import NAME_TAKEN, AuditAction, Installation, User
from rooms.services.audit import audit_record
from rooms.services.profile import check_display_name

IS_ADMIN = Q(is_active=True, is_staff=True, is_superuser=True)  # can do everything in the Django admin


def account_create(*, username: str, password: str, display_name: str = "", is_admin: bool = False) -> User:
    """Create an account. Raises InvalidField with the first problem of the names or the password."""
    user = new_account(username=username, password=password, display_name=display_name, is_admin=is_admin)
    account_save(user)
    return user


def new_account(*, username: str, password: str, display_name: str = "", is_admin: bool = False) -> User:
    """Return a valid account for `account_save`. Raises InvalidField as `account_create` does.

    Hashing the password takes long: don't call it in a transaction that others wait for.
    """
    name = check_display_name(display_name)
    username = User.normalize_username(username)
    user = User(username=username, display_name=name, is_staff=is_admin, is_superuser=is_admin)
    user.set_password(password)
    try:
        user.full_clean()
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidField.of(error) from error
    return user


def account_save(user: User) -> None:
    """Save a new account. Raises InvalidField when its name has been taken meanwhile."""
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise InvalidField(NAME_TAKEN) from error


@transaction.atomic
def first_admin_create(*, username: str, password: str) -> User:
    """Create the admin of an empty installation.

    Raises:
        InvalidField: the name or password is not acceptable.
        Conflict: an account already exists.
    """
    # The row lock serializes two first visitors.
    Installation.objects.get_or_create(pk=1)
    Installation.objects.select_for_update().get(pk=1)
    if User.objects.exists():
        raise Conflict(_("This installation already has an admin."))
    admin = account_create(username=username, password=password, is_admin=True)
    after = {"is_staff": True, "is_superuser": True}
    audit_record(AuditAction.ACCOUNT_CREATED, by=admin, user=admin, after=after)
    return admin


def check_admin_remains(*, without: User) -> None:
    """Check that an admin who can sign in is left without this account. Raises Conflict.

    Call it in the transaction that removes the account's permissions.
    """
    # The row lock serializes two admins who remove each other.
    Installation.objects.get_or_create(pk=1)
    Installation.objects.select_for_update().get(pk=1)
    admins = User.objects.filter(IS_ADMIN)
    if admins.filter(pk=without.pk).exists() and not admins.exclude(pk=without.pk).exists():
        sentence = _("%(name)s is the last admin. Make somebody else a superuser first.")
        raise Conflict(sentence, {"name": without.username})


def user_sockets_recheck(*, user: User) -> None:
    """Make all processes close those of the user's sockets that are no longer authorized.

    Call it after the change, in the same transaction.
    """
    user_id = user.pk  # a deleted account has lost its id by the time of the commit
    transaction.on_commit(lambda: identities_changed(user_id), robust=True)


def session_sockets_close(*, session_key: str) -> None:
    """Make all processes close the sockets of a session that has ended."""
    transaction.on_commit(lambda: session_ended(session_key), robust=True)
