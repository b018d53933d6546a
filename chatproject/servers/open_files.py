"""The open files that this process may have: as many as the system allows, and not all of them for connections."""

from __future__ import annotations

import contextlib
import resource

ENOUGH = 1_048_576  # where the system names no limit
MOST_RESERVED = 512  # for databases, Redis, files, uploads


def raise_limit() -> None:
    """Take what the system allows. Started by a shell, a process has 1024, however many it could have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS says infinity and means less
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """How many connections leave a quarter of the open files, but not more than MOST_RESERVED, for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = ENOUGH if soft == resource.RLIM_INFINITY else soft
    return limit - min(MOST_RESERVED, limit // 4)
