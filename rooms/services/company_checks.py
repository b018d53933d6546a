"""Asking companies whether their people may still sign in, and in which groups they are.

Every server process does this work. A check is claimed by moving `CompanyAccount.check_at`, so that one process makes
it, and another one if that process is killed. Every account that may come in is checked every `COMPANY_CHECK_SECONDS`:
with the time that a check takes, and the sockets' own, a user who was disabled at the company is signed out
here within a minute.

While the company's sign-in can't be asked, nobody is signed out until that has lasted for `COMPANY_OUTAGE_HOURS`.
"""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chatproject.outgoing.threads import in_own_thread
from chatproject.realtime import metrics
from chatproject.realtime.background.periodic import PeriodicTask
from chatproject.realtime.database import in_database
from chatproject.sealed import unseal
from rooms.company.findings import CompanyError, Ended, Finding
from rooms.models import CompanyAccount
from rooms.selectors.company import company_configured, company_providers, unconfirmed_for
from rooms.services.company_accounts import SEALED_FOR, company_confirm, company_end
from rooms.services.company_grants import company_groups_apply

MAX_CHECKS = 8  # at once, per server process
CLAIM_SECONDS = 15  # after which a process that has not reported is taken to have been killed
SWEEP_SECONDS = 3  # how often each process looks for due checks
SPREAD = 0.1  # part of the interval by which checks come earlier, at random
logger = logging.getLogger(__name__)


def check_claim() -> CompanyAccount | None:
    """Return an account that is to be checked now; no other process checks it. None if there is none."""
    if not _due().exists():
        return None
    with transaction.atomic():
        company = _due().select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("check_at").first()
        if company is not None:
            company.check_at = timezone.now() + timedelta(seconds=CLAIM_SECONDS)
            company.save(update_fields=["check_at"])
    return company


def _due() -> QuerySet[CompanyAccount]:
    due = CompanyAccount.objects.filter(check_at__lte=timezone.now(), account__provider__in=company_providers())
    return due.select_related("account")


def check_make(company: CompanyAccount) -> Finding | CompanyError:
    """Return what the company says of an account, or why it doesn't. Uses no database."""
    account = company.account
    try:
        if settings.LDAP is not None and account.provider == settings.LDAP.provider:
            from rooms.company import directory  # needs packages that few have

            return directory.check(subject=account.uid)
        from rooms.company.issuer import get_issuer  # not imported when a server starts

        return get_issuer().check(subject=account.uid, refresh_token=_token(company))
    except CompanyError as error:
        return error
    except Exception as error:  # whatever it is, nobody is signed out for it at once
        logger.exception("checking a company account failed")
        return CompanyError(type(error).__name__)


def _token(company: CompanyAccount) -> str:
    try:
        return unseal(company.refresh_token, SEALED_FOR)
    except ValueError as error:  # SECRET_KEY has changed, by which all sessions have ended, too
        raise Ended("the refresh token can't be read with this SECRET_KEY") from error


def check_finish(company: CompanyAccount, found: Finding | CompanyError) -> None:
    """Do what follows from a claimed check, unless the person has signed in meanwhile or another process was faster."""
    if isinstance(found, Finding):
        if _confirm(company, found) and found.groups is not None:
            company_groups_apply(company=company, groups=found.groups)
        _note(None)
        metrics.company_checks.labels("active").inc()
    elif isinstance(found, Ended):
        _end(company, str(found))
        _note(None)
        metrics.company_checks.labels("ended").inc()
    else:
        _note(found)
        metrics.company_checks.labels("failed").inc()
        if unconfirmed_for(company) >= timedelta(hours=settings.COMPANY_OUTAGE_HOURS):
            _end(company, "the company could not be asked for too long")
        else:
            _claimed(company).update(check_at=_next_check())


def _claimed(company: CompanyAccount) -> QuerySet[CompanyAccount]:
    """Return the row of a claimed check; none if the person has signed in since, or another process has claimed it."""
    return CompanyAccount.objects.filter(pk=company.pk, check_at=company.check_at)


@transaction.atomic
def _end(company: CompanyAccount, reason: str) -> None:
    if _claimed(company).select_for_update(no_key=True).first() is not None:
        company_end(company=company, reason=reason)


@transaction.atomic
def _confirm(company: CompanyAccount, finding: Finding) -> bool:
    row = _claimed(company).select_for_update(no_key=True).first()
    if row is None:
        return False
    company_confirm(row, finding, check_at=_next_check())
    return True


def _next_check() -> datetime:
    """Return when to check an account again: a little earlier for some, so that the checks of many people spread."""
    return timezone.now() + timedelta(seconds=settings.COMPANY_CHECK_SECONDS * random.uniform(1 - SPREAD, 1))


_failing = False  # whether this process could not ask at its last check


def _note(error: CompanyError | None) -> None:
    """Log when asking begins to fail, and when it works again: not each of the checks in between."""
    global _failing
    if error is not None and not _failing:
        logger.error("company accounts can't be checked: %s", error)
    elif error is None and _failing:
        logger.info("company accounts can be checked again")
    _failing = error is not None


_running: set[asyncio.Task[None]] = set()


async def checks_run() -> None:
    """Start the checks that are due, as many as may run at once. The rest follows when one is done."""
    if not company_configured():
        return
    while len(_running) < MAX_CHECKS and (company := await in_database(check_claim)) is not None:
        task = asyncio.create_task(_check(company))
        _running.add(task)
        task.add_done_callback(_checked)


async def _check(company: CompanyAccount) -> None:
    found = await in_own_thread(check_make, company)
    await in_database(check_finish, company, found)


def _checked(task: asyncio.Task[None]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.warning("check of a company account not noted, trying again in %s s: %r", CLAIM_SECONDS, error)
    company_checks_task.run_soon()


company_checks_task = PeriodicTask(checks_run, interval=SWEEP_SECONDS, delay=0.02)
