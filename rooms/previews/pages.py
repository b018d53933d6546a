"""Reading the page of a link, in a process of its own (`rooms/previews/page_worker.py`)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from chatproject.outgoing.client import Fetched
from chatproject.outgoing.errors import OutgoingError, Unusable
from chatproject.outgoing.urls import Url
from rooms.files.pictures import ROOT
from rooms.people.names import STEERING

PROGRAM = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from rooms.previews import page_worker as worker; "
COMMAND = [sys.executable, "-I", "-c", f"{PROGRAM}sys.exit(worker.main())"]
TIMEOUT_SECONDS = 10.0  # on a busy machine; the worker's own limit is CPU time
MAX_TITLE, MAX_SITE, MAX_DESCRIPTION = 200, 80, 300  # characters
# Also direction marks, which text without its surroundings does not need, and halves of characters.
UNWANTED = re.compile(rf"[{STEERING}\u061c\u200e\u200f\ufeff\ufff9-\ufffb\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself; "" and None if it does not. `oembed` is where it says more."""

    title: str
    site: str
    description: str
    picture: Url | None
    oembed: Url | None


def read_page(fetched: Fetched) -> Page:
    """Return what a fetched page says of itself. Raises Unusable if it takes too long to read."""
    try:
        done = subprocess.run(
            [*COMMAND, fetched.charset],
            input=fetched.body,
            capture_output=True,
            check=False,  # one that was ended has written nothing
            env={},
            timeout=TIMEOUT_SECONDS,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise Unusable("the page is too complex") from error
    return Page(
        title=clean(found["title"], MAX_TITLE),
        site=clean(found["site"], MAX_SITE),
        description=clean(found["description"], MAX_DESCRIPTION),
        picture=joined(fetched.url, found["picture"]),
        oembed=joined(fetched.url, found["oembed"]),
    )


def joined(base: Url, reference: object) -> Url | None:
    """Return the URL that a reference in a page means, or None if it can't be requested."""
    if not reference or not isinstance(reference, str):
        return None
    try:
        return base.join(reference)
    except OutgoingError:
        return None


def clean(text: object, maximum: int) -> str:
    """Return a text from elsewhere as one line without characters that control how it is shown, cut to a length."""
    if not isinstance(text, str):
        return ""
    line = " ".join(UNWANTED.sub("", text).split())
    return line if len(line) <= maximum else f"{line[: maximum - 1].rstrip()}…"
