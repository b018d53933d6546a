"""Company accounts: signing in with one, linking and unlinking it, and what follows when the company ends it.

Who somebody is, is decided by the issuer and the subject there, never by an e-mail address: people can change addresses
and, at some companies, choose them. An account that exists is linked only by who is signed in to it.
"""

from __future__ import annotations

import logging
import re
import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.sealed import seal
from rooms.company.findings import Finding
from rooms.errors import Conflict, ServiceError
from rooms.models import AuditAction, CompanyAccount, CompanySession, User, UserSession
from rooms.selectors.company import company_accounts_of, get_company_account, may_unlink
from rooms.selectors.email_invitations import accounts_with_address
from rooms.services.accounts import account_save, check_admin_remains
from rooms.services.audit import audit_record
from rooms.services.company_grants import company_groups_apply
from rooms.services.email_addresses import check_email
from rooms.services.profile import check_display_name
from rooms.services.user_sessions import ROW_KEY, sessions_end, sign_ins_drop

SEALED_FOR = "company refresh token"
MAX_SUBJECT = 191  # characters, as many as the column of identities takes
CLOCKS_DIFFER = timedelta(seconds=60)
NOT_KNOWN = _(
    "There is no account here for your company account, and signing in with it doesn't create one. Ask an admin. If "
    "you have an account here, sign in to it, and then link your company account under Security."
)
ADDRESS_TAKEN = _(
    "An account here has the email address of your company account, but is not linked to it. If it is yours, sign in "
    "to it as before, and then link your company account under Security."
)
DEACTIVATED = _("Your account here was deactivated. Ask an admin.")
LINKED_TO_ANOTHER = _("This company account is linked to another account here.")
HAS_ANOTHER = _("Your account is linked to another company account. Unlink it first.")
NOT_UNLINKED = _("Only an admin can unlink this company account.")
CANNOT_BE_USED = _("Your company account can't be used here: its name at the company is too long.")
UNWANTED = re.compile(r"[^\w.+-]+")
logger = logging.getLogger(__name__)


def company_sign_in(*, provider: str, finding: Finding) -> tuple[User, CompanyAccount]:
    """Return the account of a user who has signed in at their company; create it if that is allowed.

    Its groups are applied, and if the company had ended it, it is active again. Raises Conflict with what to do.
    """
    try:
        company = _signed_in(provider, finding)
    except IntegrityError:  # the same person has just signed in for the first time in another browser
        company = _signed_in(provider, finding)
    if finding.groups is not None:
        company_groups_apply(company=company, groups=finding.groups)
    return company.account.user, company


@transaction.atomic
def _signed_in(provider: str, finding: Finding) -> CompanyAccount:
    company = get_company_account(provider, finding.subject)
    if company is None:
        company = _new(_create_user(finding), provider, finding, linked=False)
    else:
        company = _lock(company)
        user = company.account.user
        if company.ended_at is not None:
            User.objects.filter(pk=user.pk).update(is_active=True)
            user.is_active = True
            audit_record(AuditAction.ACCOUNT_ACTIVATED, by=user, user=user, after={"issuer": provider})
        elif not user.is_active:
            raise Conflict(DEACTIVATED)
    company_confirm(company, finding)
    return company


@transaction.atomic
def company_link(*, user: User, provider: str, finding: Finding) -> CompanyAccount:
    """Link a company account to the account of a user who is signed in to both. Raises Conflict."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # so that two requests can't link two of them
    company = get_company_account(provider, finding.subject)
    if company is not None and company.account.user_id != user.pk:
        raise Conflict(LINKED_TO_ANOTHER)
    if company is None:
        if company_accounts_of(user).filter(account__provider=provider).exists():
            raise Conflict(HAS_ANOTHER)
        company = _new(user, provider, finding, linked=True)
        audit_record(AuditAction.COMPANY_LINKED, by=user, user=user, target=finding.subject, after={"issuer": provider})
    company_confirm(company, finding)
    return company


def company_unlink(*, by: User, company: CompanyAccount) -> None:
    """Unlink a company account, and take away what its groups gave. Raises Conflict if only an admin may do that."""
    user = company.account.user
    if by.pk == user.pk and not by.is_superuser and not may_unlink(company):
        raise Conflict(NOT_UNLINKED)
    company_groups_apply(company=company, groups=frozenset())
    with transaction.atomic():
        if not CompanyAccount.objects.select_for_update().filter(pk=company.pk).exists():
            return  # somebody else was faster
        account = company.account
        audit_record(
            AuditAction.COMPANY_UNLINKED, by=by, user=user, target=account.uid, before={"issuer": account.provider}
        )
        account.delete()


def company_confirm(company: CompanyAccount, finding: Finding, check_at: datetime | None = None) -> None:
    """Note what the company says of an account that is active. Call it in a transaction that has locked the row."""
    now = timezone.now()
    company.confirmed_at, company.ended_at = now, None
    company.check_at = check_at or now + timedelta(seconds=settings.COMPANY_CHECK_SECONDS)
    if finding.refresh_token:  # otherwise the one that was used stays valid
        company.refresh_token = seal(finding.refresh_token, SEALED_FOR)
    if finding.sid:
        company.sid = finding.sid
    company.save()


@transaction.atomic
def company_end(*, company: CompanyAccount, reason: str) -> None:
    """Deactivate the account of a user who may not sign in at their company any more.

    Their sessions, tokens and sockets end within 2 s. Whatever is theirs stays, also their rooms: they are active again
    when they sign in. The last admin stays active, but is signed out.
    """
    company = _lock(company)
    user = User.objects.select_for_update(no_key=True).get(pk=company.account.user_id)
    company.check_at, company.refresh_token = None, ""
    if user.is_active:  # otherwise an admin has deactivated it, and signing in there must not undo that
        company.ended_at = timezone.now()
        if _is_last_admin(user):
            logger.error("the company ended the account of the last admin, user %s, which stays active", user.pk)
        else:
            user.is_active = False
            user.save(update_fields=["is_active"])
            audit_record(AuditAction.ACCOUNT_DEACTIVATED, user=user, after={"reason": reason})
    company.save(update_fields=["ended_at", "check_at", "refresh_token"])
    sign_ins_drop(user)  # for good: they don't come back when the account is active again
    logger.info("company account of user %s ended: %s", user.pk, reason)


def _is_last_admin(user: User) -> bool:
    try:
        check_admin_remains(without=user)
    except Conflict:
        return True
    return False


def company_overrule(*, user: User) -> None:
    """Note that an admin has activated or deactivated an account. Call it in the transaction of that.

    Signing in at the company doesn't activate an account that an admin has deactivated. One that an admin has activated
    is checked at once: while it is linked, the company's word counts.
    """
    check_at = timezone.now() if user.is_active else None
    CompanyAccount.objects.filter(account__user=user).update(ended_at=None, check_at=check_at)


def company_session_begin(request: HttpRequest, user: User, **_: Any) -> None:
    """Note that a session began with a company account, so that the company can end it. Receives Django's signal."""
    from allauth.account.internal.flows.login import get_authentication_records  # not loaded when a server starts

    proofs = [proof for proof in get_authentication_records(request, user) if proof["method"] == "company"]
    row = UserSession.objects.filter(pk=request.session.get(ROW_KEY, 0)).first()
    if not proofs or row is None:
        return
    company = get_company_account(proofs[-1]["issuer"], proofs[-1]["subject"])
    if company is not None:
        CompanySession.objects.update_or_create(session=row, defaults={"company": company, "sid": company.sid})


@transaction.atomic
def company_sign_out(*, provider: str, subject: str, sid: str, issued_at: float) -> int:
    """End the sessions of a user who signed out at their company: all, or those of one session there.

    Sessions that began after the message was written stay. Returns how many have ended.
    """
    until = datetime.fromtimestamp(issued_at, UTC) + CLOCKS_DIFFER
    sessions = CompanySession.objects.filter(company__account__provider=provider, created_at__lte=until)
    if subject:
        sessions = sessions.filter(company__account__uid=subject)
    if sid:
        # Without a subject, those of which the session there is not known can't be meant.
        sessions = sessions.filter(Q(sid=sid) | Q(sid="") if subject else Q(sid=sid))
    rows = [one.session for one in sessions.select_related("session__user")]
    if rows:
        audit_record(AuditAction.SESSIONS_ENDED, user=rows[0].user, before={"count": len(rows)}, after={"by": provider})
    sessions_end(rows)
    return len(rows)


def _lock(company: CompanyAccount) -> CompanyAccount:
    return (
        CompanyAccount.objects.select_for_update(no_key=True, of=("self",))
        .select_related("account__user")
        .get(pk=company.pk)
    )


def _new(user: User, provider: str, finding: Finding, *, linked: bool) -> CompanyAccount:
    if len(finding.subject) > MAX_SUBJECT:
        raise Conflict(CANNOT_BE_USED)
    account = SocialAccount.objects.create(
        user=user, provider=provider, uid=finding.subject, extra_data={"name": finding.user_name}
    )
    return CompanyAccount.objects.create(account=account, linked=linked, confirmed_at=timezone.now())


def _create_user(finding: Finding) -> User:
    if not settings.COMPANY_SIGN_UP:
        raise Conflict(NOT_KNOWN)
    if finding.claimed_email and accounts_with_address(finding.claimed_email):
        raise Conflict(ADDRESS_TAKEN)
    user = User(email=_acceptable_email(finding.email), display_name=_acceptable_name(finding.display_name))
    user.set_unusable_password()
    user.username = _free_user_name(user, [finding.user_name, finding.claimed_email, finding.display_name])
    account_save(user)
    audit_record(AuditAction.ACCOUNT_CREATED, by=user, user=user, after={"company account": finding.subject})
    return user


def _acceptable_email(email: str) -> str:
    try:
        return check_email(email) if email else ""
    except ServiceError:
        return ""


def _acceptable_name(name: str) -> str:
    try:
        return check_display_name(name)
    except ServiceError:
        return ""


def _free_user_name(user: User, wishes: list[str]) -> str:
    """Return the first of these names that can be a username, with a number if it is taken."""
    for wish in filter(None, map(_as_user_name, wishes)):
        for number in range(1, 100):
            user.username = wish if number == 1 else f"{wish}-{number}"
            try:
                user.full_clean()
            except ValidationError:
                continue
            return user.username
    return f"person-{secrets.token_hex(4)}"


def _as_user_name(text: str) -> str:
    local = unicodedata.normalize("NFKC", text).strip().casefold().partition("@")[0]
    return UNWANTED.sub(".", local).strip(".")[:100]
