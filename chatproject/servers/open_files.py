"""The limit of open files: as high as the system allows, with some reserved for other uses than connections."""

from __future__ import annotations

import contextlib
import resource

NO_LIMIT = 1_048_576  # used if the system has no limit
MAX_RESERVED = 512  # for databases, Redis, files and uploads


def raise_open_files_limit() -> None:
    """Raise the limit to the system's maximum. A shell starts processes with 1024, however many they could have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = NO_LIMIT if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS reports infinity but allows less
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def max_connections() -> int:
    """Return how many connections leave a quarter of the open files, but at most MAX_RESERVED, for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = NO_LIMIT if soft == resource.RLIM_INFINITY else soft
    return limit - min(MAX_RESERVED, limit // 4)
