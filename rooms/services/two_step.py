"""Two-step sign-in: the authenticator app, passkeys and recovery codes of accounts.

The rows are django-allauth's; secrets in them are encrypted. When an account gets its first factor or loses its last
one, everything that is signed in as its user ends, except the session that asked for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from chatproject.sealed import seal, unseal
from rooms.errors import Conflict, InvalidField
from rooms.models import AuditAction, PersonalAccessToken, SecurityMail, User
from rooms.selectors.two_step import FACTORS, get_app_of, get_passkey_of, must_have_two_step
from rooms.services.accounts import user_sockets_recheck
from rooms.services.audit import audit_record
from rooms.services.security_mails import security_mail_ask
from rooms.services.text_rules import check_line

MAX_PASSKEYS = 20  # per user
MAX_PASSKEY_NAME = 80
SEALED_FOR = "second factor"
CODE_SECONDS = 30  # for which the app shows a code
CLOCK_STEPS = 1  # codes before and after the present one that are accepted, too: clocks differ
WRONG_CODE = _("The code is wrong, or has been used already.")
Type = Authenticator.Type
Kind = SecurityMail.Kind
logger = logging.getLogger(__name__)


@transaction.atomic
def app_add(*, user: User, secret: str, code: str) -> list[str]:
    """Add the authenticator app that has this secret, as a code from it proves. Return new recovery codes, if any.

    There are new ones if the account had none. Updates `user`.

    Raises:
        InvalidField: the code is wrong.
        Conflict: the account has an app.
    """
    locked = _lock(user)
    if Authenticator.objects.filter(user=locked, type=Type.TOTP).exists():
        raise Conflict(_("You have set up an authenticator app already. Remove it first."))
    step = _matching_step(secret, code, after=0)
    if step is None:
        raise InvalidField(_("The code is wrong. Enter the one that the app shows now."), field="code")
    _add(locked, Type.TOTP, {"secret": seal(secret, SEALED_FOR), "used_step": step})
    audit_record(AuditAction.SECOND_FACTOR_ADDED, by=user, user=user, after={"kind": "app"})
    return _added(user, locked, Kind.APP_ADDED)


@transaction.atomic
def app_remove(*, user: User) -> None:
    """Remove the authenticator app. Updates `user`.

    Raises:
        NotFound: the user has none.
        Conflict: the user must have two-step sign-in, and no passkey.
    """
    locked = _lock(user)
    app = get_app_of(locked)
    _check_one_remains(locked, without=app)
    app.delete()
    audit_record(AuditAction.SECOND_FACTOR_REMOVED, by=user, user=user, before={"kind": "app"})
    _removed(user, locked, Kind.APP_REMOVED)


@transaction.atomic
def passkey_add(*, user: User, name: str, credential: Mapping[str, Any]) -> list[str]:
    """Add a passkey that `rooms.people.passkeys` has verified. Return new recovery codes, as `app_add` does.

    Raises:
        InvalidField: the name is not acceptable.
        Conflict: the user has MAX_PASSKEYS passkeys.
    """
    name = check_passkey_name(name)
    locked = _lock(user)
    if Authenticator.objects.filter(user=locked, type=Type.WEBAUTHN).count() >= MAX_PASSKEYS:
        sentence = ngettext_lazy(
            "You have %(count)d passkey, the maximum. Remove one that you don't need.",
            "You have %(count)d passkeys, the maximum. Remove one that you don't need.",
            "count",
        )
        raise Conflict(sentence, {"count": MAX_PASSKEYS})
    _add(locked, Type.WEBAUTHN, {"name": name, "credential": dict(credential)})
    audit_record(AuditAction.SECOND_FACTOR_ADDED, by=user, user=user, target=name, after={"kind": "passkey"})
    return _added(user, locked, Kind.PASSKEY_ADDED, name)


@transaction.atomic
def passkey_rename(*, user: User, passkey_id: int, name: str) -> None:
    """Rename a passkey. Raises NotFound or InvalidField."""
    name = check_passkey_name(name)
    _lock(user)
    passkey = get_passkey_of(user, passkey_id)
    passkey.data["name"] = name
    passkey.save(update_fields=["data"])


@transaction.atomic
def passkey_remove(*, user: User, passkey_id: int) -> str:
    """Remove a passkey, and return its name. Updates `user`.

    Raises:
        NotFound: the user has no such passkey.
        Conflict: the user must have two-step sign-in, and has nothing else for it.
    """
    locked = _lock(user)
    passkey = get_passkey_of(locked, passkey_id)
    _check_one_remains(locked, without=passkey)
    name: str = passkey.data["name"]
    passkey.delete()
    audit_record(AuditAction.SECOND_FACTOR_REMOVED, by=user, user=user, target=name, before={"kind": "passkey"})
    _removed(user, locked, Kind.PASSKEY_REMOVED, name)
    return name


@transaction.atomic
def recovery_codes_create(*, user: User) -> list[str]:
    """Replace a user's recovery codes, and return the new ones. Raises Conflict without two-step sign-in."""
    locked = _lock(user)
    if locked.two_step_since is None:
        raise Conflict(_("Set up an authenticator app or a passkey first."))
    Authenticator.objects.filter(user=locked, type=Type.RECOVERY_CODES).delete()
    codes = _new_recovery_codes(locked)
    audit_record(AuditAction.RECOVERY_CODES_CREATED, by=user, user=user)
    security_mail_ask(user=locked, kind=Kind.CODES_CREATED)
    return codes


@transaction.atomic
def code_use(*, user: User, code: str) -> None:
    """Accept a code of a user's authenticator app, or a recovery code, once. Raises InvalidField.

    The row locks serialize processes that are given the same code. Guesses must be limited by the caller, see
    `rooms.people.guess_throttle.code_throttle`.
    """
    rows = Authenticator.objects.select_for_update(no_key=True).filter(user=user).exclude(type=Type.WEBAUTHN)
    by_type = {row.type: row for row in rows}
    try:
        if (app := by_type.get(Type.TOTP)) is not None and _use_app_code(app, code):
            return
        if (codes := by_type.get(Type.RECOVERY_CODES)) is not None and _use_recovery_code(codes, code):
            audit_record(AuditAction.RECOVERY_CODE_USED, by=user, user=user)
            security_mail_ask(user=user, kind=Kind.CODE_USED)
            return
    except ValueError as error:
        logger.error("the second factor of user %d can't be read: %s", user.pk, error)
    raise InvalidField(WRONG_CODE, field="code")


@transaction.atomic
def passkey_mark_used(*, passkey: Authenticator) -> None:
    """Note that somebody signed in with a passkey now."""
    passkey.record_usage()


@transaction.atomic
def two_step_reset(*, user: User) -> bool:
    """Remove all second factors of a user who has lost them. Return whether there were any.

    Everything that is signed in as them ends.
    """
    locked = _lock(user)
    removed, _by_model = Authenticator.objects.filter(user=locked).delete()
    if removed:
        audit_record(AuditAction.TWO_STEP_RESET, user=user)
        _removed(user, locked, Kind.RESET)
    return bool(removed)


def new_app_secret() -> str:
    """Return a secret for an authenticator app."""
    from allauth.mfa.totp.internal.auth import generate_totp_secret

    return str(generate_totp_secret())


def check_passkey_name(name: str) -> str:
    """Return the name of a passkey if it is acceptable. Raises InvalidField."""
    name = check_line(name, "name")
    if not 0 < len(name) <= MAX_PASSKEY_NAME:
        sentence = ngettext_lazy("Use 1 to %(maximum)d character.", "Use 1 to %(maximum)d characters.", "maximum")
        raise InvalidField(sentence, {"maximum": MAX_PASSKEY_NAME}, field="name")
    return name


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _check_one_remains(user: User, *, without: Authenticator) -> None:
    factors = Authenticator.objects.filter(user=user, type__in=FACTORS)
    if must_have_two_step(user) and not factors.exclude(pk=without.pk).exists():
        raise Conflict(_("This server requires two-step sign-in. Add something else first."))


def _add(user: User, kind: str, data: dict[str, Any]) -> None:
    Authenticator.objects.create(user=user, type=kind, data=data)


def _added(user: User, locked: User, kind: Kind, passkey: str = "") -> list[str]:
    codes = []
    if not Authenticator.objects.filter(user=locked, type=Type.RECOVERY_CODES).exists():
        codes = _new_recovery_codes(locked)
    if locked.two_step_since is None:
        _set(user, locked, since=True)
    security_mail_ask(user=locked, kind=kind, passkey=passkey)
    return codes


def _removed(user: User, locked: User, kind: Kind, passkey: str = "") -> None:
    if not Authenticator.objects.filter(user=locked, type__in=FACTORS).exists():
        Authenticator.objects.filter(user=locked).delete()
        # Under REQUIRE_TWO_STEP, they must not come back to life with the next factor.
        PersonalAccessToken.objects.filter(user=locked, two_step=True).update(two_step=False)
        _set(user, locked, since=False)
    security_mail_ask(user=locked, kind=kind, passkey=passkey)


def _set(user: User, locked: User, *, since: bool) -> None:
    locked.two_step_since = timezone.now() if since else None
    locked.sign_in_version += 1
    locked.save(update_fields=["two_step_since", "sign_in_version"])
    user.two_step_since, user.sign_in_version = locked.two_step_since, locked.sign_in_version
    user_sockets_recheck(user=locked)


def _use_app_code(app: Authenticator, code: str) -> bool:
    step = _matching_step(unseal(app.data["secret"], SEALED_FOR), code, after=app.data["used_step"])
    if step is None:
        return False
    app.data["used_step"] = step
    app.last_used_at = timezone.now()
    app.save(update_fields=["data", "last_used_at"])
    return True


def _use_recovery_code(codes: Authenticator, code: str) -> bool:
    if not codes.wrap().validate_code(code):
        return False
    Authenticator.objects.filter(pk=codes.pk).update(last_used_at=timezone.now())
    return True


def _matching_step(secret: str, code: str, *, after: int) -> int | None:
    """Return the number of the half minute whose code this is, if it is about now and later than `after`."""
    from allauth.core.internal.cryptokit import compare_user_code
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    now = int(time.time()) // CODE_SECONDS
    for step in range(max(now - CLOCK_STEPS, after + 1), now + CLOCK_STEPS + 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def _new_recovery_codes(user: User) -> list[str]:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]
