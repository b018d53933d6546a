"""Reads IRC logs, and gives each nick a reversible user name."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from pathlib import Path

SPOKEN = re.compile(r"\[\d\d:\d\d\] <([^>]+)> ?(.*)")
ACTION = re.compile(r"\[\d\d:\d\d\]  \* (\S+) ?(.*)")
# Unchanged in user names. Capitals are escaped: user names are unique regardless of case, nicks here are not.
PLAIN = frozenset((string.ascii_lowercase + string.digits + "._-").encode())
ESCAPE = "+"  # allowed in user names, and always escaped itself
ESCAPED = re.compile(r"\+([0-9a-f]{2})|([a-z0-9._-])")


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a log. `number` counts from 0."""

    number: int
    nick: str
    text: str

    @property
    def user_name(self) -> str:
        """The speaker's user name."""
        return user_name_of(self.nick)

    @property
    def client_id(self) -> str:
        """Makes it safe to retry the line."""
        return f"line-{self.number}"


@dataclass(slots=True)
class Log:
    """The messages of a log in order, and the number of other lines."""

    lines: list[Line] = field(default_factory=list)
    actions: int = 0  # lines such as "/me ..."
    empty: int = 0  # skipped, like these:
    events: int = 0  # "=== somebody has joined" and other lines that are not messages


def user_name_of(nick: str) -> str:
    """Return a valid user name that is unique regardless of case.

    Lower-case letters, digits and `._-` are unchanged; any other byte of the UTF-8 form becomes `+` and two hexadecimal
    digits.
    """
    return "".join(chr(byte) if byte in PLAIN else f"{ESCAPE}{byte:02x}" for byte in nick.encode())


def nick_of(user_name: str) -> str:
    """Return the nick of a name made by `user_name_of`. Raises ValueError for any other name."""
    nick = bytearray()
    end = 0
    while match := ESCAPED.match(user_name, end):
        nick += bytes.fromhex(match[1]) if match[1] else match[2].encode()
        end = match.end()
    if end != len(user_name) or user_name_of(nick.decode()) != user_name:
        raise ValueError(f"no nick has the user name {user_name!r}")
    return nick.decode()


def read_log(path: Path, limit: int | None = None) -> Log:
    """Read a log file, up to `limit` messages.

    Raises OSError, and ValueError if two nicks have the same user name.
    """
    log = Log()
    with path.open(encoding="utf-8", errors="replace") as file:
        for written in file:
            if limit is not None and len(log.lines) >= limit:
                break
            _take(log, written.rstrip("\r\n"))
    for nick in {line.nick for line in log.lines}:
        if nick_of(user_name_of(nick)) != nick:
            raise ValueError(f"the nick {nick!r} does not come back from its user name")
    return log


def _take(log: Log, written: str) -> None:
    if not written.strip():
        log.empty += 1
        return
    spoken, action = SPOKEN.fullmatch(written), ACTION.fullmatch(written)
    match = spoken or action
    if match is None:
        log.events += 1
        return
    nick, text = match[1], match[2]
    if not text.strip():
        log.empty += 1
        return
    if action:
        log.actions += 1
        text = f"/me {text}"
    log.lines.append(Line(len(log.lines), nick, text))
