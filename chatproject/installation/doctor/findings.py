"""What checks find, and running them: concurrently, each for a limited time, without printing secrets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import connections

from chatproject.sentences import one_line

SECONDS = 10.0  # for each check


class Level(StrEnum):
    """How it is: as it should be, worth a look, or broken."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. Unless all is well, the text says what to do."""

    level: Level
    text: str


Check = Callable[[], Iterable[Finding]]


def ok(text: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(Level.OK, text)


def warning(text: str) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(Level.WARNING, text)


def error(text: str) -> Finding:
    """Return a finding that something does not work."""
    return Finding(Level.ERROR, text)


def run_checks(checks: Mapping[str, Check], seconds: float = SECONDS) -> Iterator[tuple[str, Finding]]:
    """Run the checks at the same time, and yield what they find, by name and in their order.

    One that takes longer than `seconds` has failed. It goes on in its thread, which ends with the process: a library
    that hangs can't be stopped.
    """
    results: dict[str, list[Finding]] = {}

    def run(name: str, check: Check) -> None:
        try:
            results[name] = list(check())
        except Exception as problem:  # whatever it is, it is what was looked for
            results[name] = [error(f"{type(problem).__name__}: {one_line(problem)}.")]
        finally:
            connections.close_all()  # those of this thread

    threads = {
        name: threading.Thread(target=run, args=(name, check), name=name, daemon=True) for name, check in checks.items()
    }
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + seconds
    for name, thread in threads.items():
        thread.join(max(0.0, deadline - time.monotonic()))
        late = [error(f"No answer within {seconds:.0f} s.")]
        for finding in results.get(name, late):
            yield name, Finding(finding.level, redacted(finding.text))


def redacted(text: str) -> str:
    """Remove the installation's secrets: libraries may quote what they were given."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "...")
    return text


def _secrets() -> set[str]:
    storage = settings.STORAGES["files"].get("OPTIONS", {})
    found = {settings.SECRET_KEY, settings.SETUP_CODE, settings.METRICS_TOKEN}
    found |= {settings.DATABASES["default"].get("PASSWORD"), getattr(settings, "EMAIL_HOST_PASSWORD", "")}
    found |= {storage.get("secret_key"), storage.get("access_key")}
    found |= {urlsplit(url).password for url in settings.REDIS_URLS}
    known = {secret for secret in found if secret}
    return known | {quote(secret, safe="") for secret in known}
