"""What Parlor asks an LDAP directory: who signs in with a password, and who of them is still there.

django-auth-ldap signs in. Checks search with python-ldap directly, because a search that fails must not look like one
that finds nobody.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import ldap
from django.conf import settings
from django_auth_ldap.backend import LDAPBackend
from django_auth_ldap.config import LDAPSearch, LDAPSettings
from ldap.filter import escape_filter_chars

from chatproject.installation.company_accounts import Ldap
from rooms.company.findings import Ended, Finding, Unreachable, Untrusted

SECONDS = 5  # for each request
ATTRIBUTES = ["uid", "sAMAccountName", "cn", "displayName", "mail"]
Attributes = Mapping[str, list[Any]]


class Backend(LDAPBackend):  # type: ignore[misc]
    """django-auth-ldap with Parlor's settings. It only proves who somebody is: Parlor's services write accounts."""

    def __init__(self, directory: Ldap) -> None:
        self.directory = directory
        found = LDAPSettings(self.settings_prefix, self.default_settings)
        found.SERVER_URI = directory.url
        found.START_TLS = directory.start_tls
        found.BIND_DN, found.BIND_PASSWORD = directory.bind_dn, directory.bind_password
        found.CONNECTION_OPTIONS = options()
        found.USER_SEARCH = LDAPSearch(
            directory.user_base, ldap.SCOPE_SUBTREE, directory.user_filter, [*ATTRIBUTES, directory.id_attribute]
        )
        self.settings = found

    def get_or_build_user(self, username: str, ldap_user: Any) -> tuple[Any, bool]:
        """Return a placeholder, which is not saved."""
        return Placeholder(), False


class Placeholder:
    """Stands for an account where django-auth-ldap would make or change one."""

    def save(self) -> None:
        """Save nothing."""

    def set_unusable_password(self) -> None:
        """Set nothing."""


def options() -> dict[int, Any]:
    """Return the options of a connection."""
    return {ldap.OPT_NETWORK_TIMEOUT: SECONDS, ldap.OPT_TIMEOUT: SECONDS, ldap.OPT_REFERRALS: 0}


def get_directory() -> Ldap:
    """Return the settings of the configured directory."""
    assert settings.LDAP is not None
    return settings.LDAP


def sign_in(user_name: str, password: str) -> Finding | None:
    """Return who has this name and password in the directory, or None. Raises Unreachable, Untrusted."""
    directory = get_directory()
    if not user_name.strip() or not password:  # a bind without a password succeeds for everybody
        return None
    try:
        connection = connect(directory)  # first: otherwise a directory that is down would look like a wrong password
        try:
            proved = Backend(directory).authenticate(None, username=user_name.strip(), password=password)
            if proved is None:
                return None
            dn = proved.ldap_user.dn
            # Read again, because django-auth-ldap decodes ids that are bytes.
            rows = connection.search_s(dn, ldap.SCOPE_BASE, attrlist=[*ATTRIBUTES, directory.id_attribute])
            return _finding(directory, connection, dn, rows[0][1])
        finally:
            connection.unbind_s()
    except ldap.LDAPError as error:
        raise Unreachable(f"{directory.url}: {type(error).__name__}") from error


def check(*, subject: str) -> Finding:
    """Return what the directory says now of a user who has signed in. Raises Ended, Unreachable.

    Who is not found with `LDAP_USER_FILTER`, whatever their name is by now, may not sign in any more.
    """
    directory = get_directory()
    wanted = f"(&({directory.id_attribute}={_as_filter(directory, subject)}){directory.user_filter % {'user': '*'}})"
    try:
        connection = connect(directory)
        try:
            rows = connection.search_s(
                directory.user_base, ldap.SCOPE_SUBTREE, wanted, [*ATTRIBUTES, directory.id_attribute]
            )
            people = [(dn, attributes) for dn, attributes in rows if dn is not None]
            if not people:
                raise Ended("not found in the directory")
            return _finding(directory, connection, *people[0])
        finally:
            connection.unbind_s()
    except ldap.LDAPError as error:
        raise Unreachable(f"{directory.url}: {type(error).__name__}") from error


def connect(directory: Ldap) -> Any:
    """Return a connection that is signed in as Parlor. Raises ldap.LDAPError."""
    connection = ldap.initialize(directory.url)
    for option, value in options().items():
        connection.set_option(option, value)
    if directory.start_tls:
        connection.start_tls_s()
    connection.simple_bind_s(directory.bind_dn, directory.bind_password)
    return connection


def _finding(directory: Ldap, connection: Any, dn: str, attributes: Attributes) -> Finding:
    by_name = {name.lower(): values for name, values in attributes.items()}
    identity = by_name.get(directory.id_attribute.lower())
    if not identity:
        raise Untrusted(f"{dn} has no {directory.id_attribute}")
    groups: set[str] = set()
    if directory.group_base:
        member = escape_filter_chars(dn)
        wanted = f"(&{directory.group_filter}(|(member={member})(uniqueMember={member})))"
        rows = connection.search_s(directory.group_base, ldap.SCOPE_SUBTREE, wanted, ["cn"])
        groups = {_text(name) for found, values in rows if found is not None for name in values.get("cn", [])}
    email = _first(by_name, "mail")
    return Finding(
        subject=str(uuid.UUID(bytes_le=identity[0])) if _is_guid(directory) else _text(identity[0]),
        groups=frozenset(groups),
        user_name=_first(by_name, "uid") or _first(by_name, "samaccountname"),
        display_name=_first(by_name, "displayname") or _first(by_name, "cn"),
        email=email,  # the directory is the company's own
        claimed_email=email,
    )


def _is_guid(directory: Ldap) -> bool:
    """Return whether identities are those of Active Directory, which are 16 bytes."""
    return directory.id_attribute.lower() == "objectguid"


def _as_filter(directory: Ldap, subject: str) -> str:
    if _is_guid(directory):
        return "".join(f"\\{byte:02x}" for byte in uuid.UUID(subject).bytes_le)
    return str(escape_filter_chars(subject))


def _first(attributes: Attributes, name: str) -> str:
    values = attributes.get(name)
    return _text(values[0])[:255] if values else ""


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
