"""`manage.py doctor`: look at everything that an installation needs, and say what is wrong and what to do."""

from __future__ import annotations

import socket
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chatproject.installation.doctor.findings import SECONDS, Check, Finding, Level, error, ok, run_checks, warning
from chatproject.installation.doctor.machine import check_configuration, check_disk
from chatproject.installation.doctor.stores import (
    check_clock,
    check_database,
    check_mail,
    check_migrations,
    check_redis,
    check_scanner,
    check_storage,
)
from chatproject.installation.public_address import public_url
from chatproject.outgoing.errors import OutgoingError
from chatproject.outgoing.network import RULES, Deadline
from notifications.push.vapid import public_key
from notifications.selectors.push import push_state
from rooms.models import SearchIndex
from rooms.selectors.search_index import index_progress

PORT = 443  # of push services
HOSTS = 5  # push services that are tried
SKIPPED = warning("Not checked, because of an error above.")


class Command(BaseCommand):
    """See docs/operations.md."""

    help = (
        "Check the configuration, database, migrations, Redis, file storage, mail, push, clock, disk and search index. "
        "One line each; the status is 1 if there is an error. Changes nothing and sends nothing."
    )
    requires_system_checks = []  # they are one of the lines

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the lines, and exit with status 1 if there is an error."""
        stores: dict[str, Check] = {
            "configuration": check_configuration,
            "disk": check_disk,
            "database": check_database,
            "redis": check_redis,
            "clock": check_clock,
            "storage": check_storage,
            "mail": check_mail,
        }
        if settings.CLAMD is not None:
            stores["scanner"] = check_scanner
        found: Counter[Level] = Counter()
        failed: set[str] = set()
        # Each stage needs what is named with it.
        for needed, checks in (
            ("", stores),
            ("database", {"migrations": check_migrations}),
            ("migrations", {"push": check_push, "search index": check_index}),
        ):
            if needed in failed:
                lines = [(name, SKIPPED) for name in checks]
                failed |= checks.keys()
            else:
                lines = list(run_checks(checks))
                failed |= {name for name, finding in lines if finding.level == Level.ERROR}
            for name, finding in lines:
                self.stdout.write(f"{finding.level:8} {name:13}  {finding.text}")
            self.stdout.flush()
            found.update(finding.level for name, finding in lines)
        self.stdout.write(f"{_count(found[Level.ERROR], 'error')}, {_count(found[Level.WARNING], 'warning')}.")
        if found[Level.ERROR]:
            sys.exit(1)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def check_index() -> Iterator[Finding]:
    """Whether all messages can be found, by what is recorded; `reindex --check` compares them."""
    total, missing = index_progress()
    state = SearchIndex.objects.first()
    if state is not None and state.wrong:
        yield error(f"The last check found {state.wrong} messages wrong: run `manage.py reindex --from-scratch`.")
    elif missing:
        yield warning(f"{missing} of {total} messages are missing: servers add them, `manage.py reindex` is faster.")
    else:
        yield ok(f"{total} messages.")


def check_push() -> Iterator[Finding]:
    """Whether the key can be read, and the push services of the devices be reached. Sends nothing."""
    state = push_state()
    if state.private_key is None:
        yield ok("Nobody has turned on notifications on a device; the key is made then.")
        return
    try:
        public_key(state.private_key)
    except ValueError:
        yield error("The key in the database can't be read: restore the table notifications_pushkey from a backup.")
        return
    if state.devices and public_url().startswith("http://"):
        yield warning("Browsers allow notifications with https only: set PUBLIC_URL and HTTPS.")
    if unreachable := [host for host in state.hosts[:HOSTS] if not _reaches(host)]:
        yield error(f"{', '.join(unreachable)} can't be reached on port {PORT}: let this machine connect to it.")
    elif state.failing:
        yield warning(f"{state.failing} of {state.devices} devices fail: the admin (Devices) lists the answers.")
    else:
        yield ok(f"{_count(state.devices, 'device')}.")


def _reaches(host: str) -> bool:
    deadline = Deadline(SECONDS / (2 * HOSTS))
    try:
        addresses = RULES.addresses_of(host, deadline)
        socket.create_connection((str(addresses[0]), PORT), deadline.left()).close()
    except (OutgoingError, OSError):
        return False
    return True
