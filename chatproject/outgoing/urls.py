"""URLs that may be requested, in one spelling each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, unquote, urljoin, urlsplit

from chatproject.outgoing.errors import Refused

MAX_LENGTH = 2048
PORTS = frozenset({80, 443})  # to which requests are sent
DEFAULT_PORTS = {"http": 80, "https": 443}
UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff\\]")
HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
SAFE = "%/:?#[]@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https URL without user, password and fragment. `target` is the path with the query."""

    scheme: str
    host: str  # in ASCII; an IPv6 address without brackets
    port: int
    target: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """The host, with the port unless it is the scheme's usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def join(self, reference: str) -> Url:
        """Return the URL that a reference in a document at this URL means. Raises Refused."""
        try:
            return parse_url(urljoin(str(self), reference))
        except ValueError as error:
            raise Refused("not a URL") from error


def parse_url(text: str) -> Url:
    """Return a URL in its one spelling. Raises Refused for everything that is not requested."""
    if len(text) > MAX_LENGTH or UNPRINTABLE.search(text):
        raise Refused("not a URL")
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError as error:  # incomplete brackets, or an invalid port
        raise Refused("not a URL") from error
    if scheme not in DEFAULT_PORTS:
        raise Refused("not http or https")
    if "@" in parts.netloc:  # the host may not be the one that a person sees
        raise Refused("user or password in the URL")
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    url = Url(scheme, _host(host), DEFAULT_PORTS[scheme] if port is None else port, quote(target, safe=SAFE))
    if len(str(url)) > MAX_LENGTH:
        raise Refused("URL too long")
    return url


def _host(text: str) -> str:
    """Return the host in ASCII and lowercase. Raises Refused."""
    try:
        if ":" in text:
            address = IPv6Address(text)
            if address.scope_id is not None:
                raise Refused("not a host")
            return str(address)
        text = unquote(text)  # as browsers do; everything is checked after it
        host = text if text.isascii() else _ascii(text)
    except ValueError as error:  # idna's errors are UnicodeErrors
        raise Refused("not a host") from error
    host = host.lower().removesuffix(".")
    if len(host) > 253 or not HOST.fullmatch(host):
        raise Refused("not a host")
    return host


def _ascii(host: str) -> str:
    """Return an international host in ASCII; digits and dots of other widths become usual ones. Raises ValueError."""
    import idna  # its tables take a while to load, and few hosts need them

    return idna.encode(host, uts46=True).decode()
