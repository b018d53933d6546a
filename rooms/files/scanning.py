"""Scanning uploaded files with ClamAV, if the installation has it."""

from __future__ import annotations

import asyncio
import logging
from typing import IO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField

TIMEOUT_SECONDS = 60.0
CHUNK = 256 * 1024  # bytes
logger = logging.getLogger(__name__)


def scan(file: IO[bytes]) -> bool:
    """Return whether a scanner found nothing in a file: False if there is no scanner, or it does not respond.

    Raises InvalidField if it found something.
    """
    if settings.CLAMD is None:
        return False
    from aioclamd import ClamdAsyncClient  # only installations with a scanner need it

    host, port = settings.CLAMD
    file.seek(0)
    try:
        answer = asyncio.run(ClamdAsyncClient(host, port, timeout=TIMEOUT_SECONDS).instream(_InChunks(file)))
        status, what = answer["stream"]
    except Exception as error:  # also for files above the scanner's own size limit
        logger.warning("file not scanned: %r", error)
        return False
    if status == "FOUND":
        logger.warning("file refused: the virus scanner found %s", what)
        raise InvalidField(_("The virus scanner found something in this file: %(what)s."), {"what": what})
    return bool(status == "OK")


class _InChunks:
    """Gives more than it is asked for: the client asks a thread for each KiB."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        return self._file.read(CHUNK)
