"""Parsing the settings of company accounts: the OpenID Connect issuer, the LDAP directory, what groups give."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROLES = ("member", "moderator", "owner")  # from the lowest
ROOM_NAME = re.compile(r"(?!\.+\Z)[a-z0-9._-]{1,64}")
STAFF = "staff"
MAX_ISSUER = 200  # characters; the issuer is part of the identity of its people
GROUPS_FORM = '{"engineering": ["hall", "dev:moderator"], "admins": ["ops:owner", "staff"]}'


@dataclass(frozen=True)
class Oidc:
    """An OpenID Connect issuer, and Parlor as its client."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)  # empty for a public client
    name: str  # of the button
    scopes: tuple[str, ...]
    parameters: Mapping[str, str]  # more of them for the address at which people sign in
    groups_claim: tuple[str, ...]  # a path
    private: bool  # may have a private address, and speak http


@dataclass(frozen=True)
class Ldap:
    """An LDAP directory, how Parlor signs in there, and where people and groups are."""

    url: str
    start_tls: bool
    bind_dn: str
    bind_password: str = field(repr=False)
    user_base: str
    user_filter: str  # with %(user)s
    group_base: str  # empty without groups
    group_filter: str
    id_attribute: str

    @property
    def provider(self) -> str:
        """What stands for the issuer in the identity of its people."""
        return f"{self.url}/{self.user_base}"


@dataclass(frozen=True)
class Gift:
    """What a group gives: roles by the names of rooms, and whether it makes its people staff."""

    rooms: Mapping[str, str]
    staff: bool


def oidc_issuer(
    *,
    issuer: str,
    client_id: str,
    client_secret: str,
    name: str,
    scopes: str,
    parameters: str,
    groups_claim: str,
    private: bool,
) -> Oidc | None:
    """Return the issuer, or None without one. Raises ImproperlyConfigured."""
    if not issuer:
        if client_id:
            raise ImproperlyConfigured("OIDC_CLIENT_ID is set, but OIDC_ISSUER is not.")
        return None
    parts = urlsplit(issuer)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ImproperlyConfigured("OIDC_ISSUER must look like https://login.example.org/realms/main.")
    if parts.scheme == "http" and not private:
        raise ImproperlyConfigured("OIDC_ISSUER must begin with https://, or OIDC_PRIVATE must be yes.")
    if len(issuer) > MAX_ISSUER:
        raise ImproperlyConfigured(f"OIDC_ISSUER must have at most {MAX_ISSUER} characters.")
    if not client_id:
        raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID, by which the issuer knows Parlor.")
    wanted = tuple(scopes.split())
    if "openid" not in wanted:
        raise ImproperlyConfigured("OIDC_SCOPES must contain openid.")
    try:
        more = dict(parse_qsl(parameters, strict_parsing=True)) if parameters else {}
    except ValueError as error:
        raise ImproperlyConfigured("OIDC_PARAMETERS must look like access_type=offline&prompt=consent.") from error
    return Oidc(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        name=name.strip() or (parts.hostname or ""),
        scopes=wanted,
        parameters=more,
        groups_claim=tuple(filter(None, groups_claim.split("."))),
        private=private,
    )


def ldap_directory(
    *,
    url: str,
    start_tls: bool,
    bind_dn: str,
    bind_password: str,
    user_base: str,
    user_filter: str,
    group_base: str,
    group_filter: str,
    id_attribute: str,
) -> Ldap | None:
    """Return the directory, or None without one. Raises ImproperlyConfigured."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"ldap", "ldaps"} or not parts.hostname:
        raise ImproperlyConfigured("LDAP_URL must look like ldaps://ldap.example.org.")
    if not user_base:
        raise ImproperlyConfigured("LDAP_URL needs LDAP_USER_BASE, like ou=people,dc=example,dc=org.")
    if "%(user)s" not in user_filter:
        raise ImproperlyConfigured("LDAP_USER_FILTER must contain %(user)s, like (uid=%(user)s).")
    if find_spec("django_auth_ldap") is None:
        raise ImproperlyConfigured(
            "LDAP_URL needs more packages: .venv/bin/python -m pip install -r requirements-ldap.txt."
        )
    found = Ldap(
        url=url.rstrip("/"),
        start_tls=start_tls,
        bind_dn=bind_dn,
        bind_password=bind_password,
        user_base=user_base,
        user_filter=user_filter,
        group_base=group_base,
        group_filter=group_filter,
        id_attribute=id_attribute,
    )
    if len(found.provider) > MAX_ISSUER:
        raise ImproperlyConfigured(f"LDAP_URL and LDAP_USER_BASE must have at most {MAX_ISSUER - 1} characters.")
    return found


def group_gifts(text: str) -> dict[str, Gift]:
    """Return what each group gives. Raises ImproperlyConfigured."""
    if not text:
        return {}
    try:
        groups = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"COMPANY_GROUPS must be JSON like {GROUPS_FORM}.") from error
    if not isinstance(groups, dict) or not all(isinstance(gifts, list) for gifts in groups.values()):
        raise ImproperlyConfigured(f"COMPANY_GROUPS must be JSON like {GROUPS_FORM}.")
    return {group: _gift(group, gifts) for group, gifts in groups.items()}


def _gift(group: str, gifts: list[object]) -> Gift:
    rooms: dict[str, str] = {}
    for gift in gifts:
        name, _, role = gift.partition(":") if isinstance(gift, str) else ("", "", "")
        if gift == STAFF:
            continue
        if not ROOM_NAME.fullmatch(name) or (role or "member") not in ROLES:
            raise ImproperlyConfigured(
                f'COMPANY_GROUPS: {group!r} can give rooms, like "hall", with a role, like "hall:moderator" '
                f'({", ".join(ROLES)}), and "staff", but not {gift!r}.'
            )
        rooms[name] = max(role or "member", rooms.get(name, "member"), key=ROLES.index)
    return Gift(rooms, STAFF in gifts)


def check_passwords(allowed: bool, oidc: Oidc | None, ldap: Ldap | None) -> bool:
    """Return whether people sign in with passwords of Parlor. Raises ImproperlyConfigured if nobody could sign in."""
    if not allowed and oidc is None and ldap is None:
        raise ImproperlyConfigured("PASSWORD_SIGN_IN=no needs OIDC_ISSUER or LDAP_URL: nobody else could sign in.")
    return allowed
