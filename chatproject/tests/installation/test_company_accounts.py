"""The settings of company accounts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatproject.installation.company_accounts import Gift, check_passwords, group_gifts, ldap_directory, oidc_issuer

pytestmark = pytest.mark.any_database

OIDC: dict[str, Any] = {
    "issuer": "https://login.example.org/realms/main",
    "client_id": "parlor",
    "client_secret": "s",
    "name": "",
    "scopes": "openid email",
    "parameters": "",
    "groups_claim": "groups",
    "private": False,
}
LDAP: dict[str, Any] = {
    "url": "ldaps://ldap.example.org",
    "start_tls": False,
    "bind_dn": "",
    "bind_password": "",
    "user_base": "ou=people",
    "user_filter": "(uid=%(user)s)",
    "group_base": "",
    "group_filter": "",
    "id_attribute": "entryUUID",
}


def test_an_issuer_is_read() -> None:
    found = oidc_issuer(**OIDC | {"parameters": "access_type=offline&prompt=consent", "groups_claim": "realm.roles"})
    assert found is not None
    assert found.name == "login.example.org"
    assert found.scopes == ("openid", "email")
    assert found.parameters == {"access_type": "offline", "prompt": "consent"}
    assert found.groups_claim == ("realm", "roles")
    assert "'s'" not in repr(found)
    assert oidc_issuer(**OIDC | {"issuer": "", "client_id": ""}) is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"issuer": ""}, "OIDC_ISSUER"),
        ({"issuer": "login.example.org"}, "OIDC_ISSUER"),
        ({"issuer": "https://a.example/?x=1"}, "OIDC_ISSUER"),
        ({"issuer": "http://a.example"}, "OIDC_PRIVATE"),
        ({"issuer": "https://a.example/" + "x" * 200}, "OIDC_ISSUER"),
        ({"client_id": ""}, "OIDC_CLIENT_ID"),
        ({"scopes": "email"}, "OIDC_SCOPES"),
        ({"parameters": "x"}, "OIDC_PARAMETERS"),
    ],
)
def test_a_malformed_issuer_is_refused_with_the_name_of_the_variable(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named):
        oidc_issuer(**OIDC | change)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"url": "ldap.example.org"}, "LDAP_URL"),
        ({"user_base": ""}, "LDAP_USER_BASE"),
        ({"user_filter": "(uid=x)"}, "LDAP_USER_FILTER"),
    ],
)
def test_a_malformed_directory_is_refused_with_the_name_of_the_variable(change: dict[str, Any], named: str) -> None:
    assert ldap_directory(**LDAP | {"url": ""}) is None
    with pytest.raises(ImproperlyConfigured, match=named):
        ldap_directory(**LDAP | change)


def test_what_groups_give_is_read() -> None:
    text = '{"engineering": ["hall", "dev:moderator"], "/admins": ["ops:owner", "staff"], "none": []}'
    assert group_gifts(text) == {
        "engineering": Gift({"hall": "member", "dev": "moderator"}, False),
        "/admins": Gift({"ops": "owner"}, True),
        "none": Gift({}, False),
    }
    assert group_gifts("") == {}


@pytest.mark.parametrize(
    "text", ["x", "[]", '{"a": "hall"}', '{"a": ["Hall"]}', '{"a": ["hall:boss"]}', '{"a": [1.5]}']
)
def test_malformed_groups_are_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="COMPANY_GROUPS"):
        group_gifts(text)


def test_somebody_must_be_able_to_sign_in() -> None:
    with pytest.raises(ImproperlyConfigured, match="PASSWORD_SIGN_IN"):
        check_passwords(False, None, None)
    assert not check_passwords(False, oidc_issuer(**OIDC), None)
