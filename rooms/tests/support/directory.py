"""An LDAP directory, in OpenLDAP's server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from chatproject.installation.company_accounts import Ldap
from rooms.tests.support.servers import free_port

SLAPD = shutil.which("slapd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/openldap")
SCHEMAS = Path("/etc/ldap/schema")
needs_directory = pytest.mark.skipif(
    SLAPD is None or find_spec("django_auth_ldap") is None, reason="needs slapd and requirements-ldap.txt: scripts/test"
)
ROOT, ADMIN = "dc=example,dc=org", "cn=admin,dc=example,dc=org"
PEOPLE, GROUPS = f"ou=people,{ROOT}", f"ou=groups,{ROOT}"
SECRET = "secret"
CONFIGURATION = """\
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
database mdb
maxsize 10485760
suffix "{root}"
rootdn "{admin}"
rootpw {secret}
directory {folder}
"""


class Directory:
    """The directory, with people and groups."""

    def __init__(self, port: int) -> None:
        self.settings = Ldap(
            url=f"ldap://127.0.0.1:{port}",
            start_tls=False,
            bind_dn=ADMIN,
            bind_password=SECRET,
            user_base=PEOPLE,
            user_filter="(&(uid=%(user)s)(!(employeeType=disabled)))",
            group_base=GROUPS,
            group_filter="(objectClass=groupOfNames)",
            id_attribute="entryUUID",
        )

    def add(self, dn: str, **attributes: list[str] | str) -> None:
        """Add an entry."""
        values = {name: [one] if isinstance(one, str) else one for name, one in attributes.items()}
        with self._connected() as connection:
            connection.add_s(dn, [(name, [text.encode() for text in found]) for name, found in values.items()])

    def add_person(self, uid: str, name: str, password: str) -> None:
        """Add a person."""
        self.add(
            f"uid={uid},{PEOPLE}",
            objectClass="inetOrgPerson",
            uid=uid,
            cn=name,
            sn=name.split()[-1],
            mail=f"{uid}@example.org",
            userPassword=password,
        )

    def add_group(self, name: str, *uids: str) -> None:
        """Add a group with these people."""
        self.add(
            f"cn={name},{GROUPS}",
            objectClass="groupOfNames",
            cn=name,
            member=[ADMIN, *(f"uid={uid},{PEOPLE}" for uid in uids)],
        )

    def set(self, dn: str, name: str, *values: str) -> None:
        """Replace the values of an attribute."""
        import ldap

        with self._connected() as connection:
            connection.modify_s(dn, [(ldap.MOD_REPLACE, name, [value.encode() for value in values] or None)])

    def delete(self, dn: str) -> None:
        """Delete an entry."""
        with self._connected() as connection:
            connection.delete_s(dn)

    def rename(self, dn: str, to: str) -> None:
        """Rename an entry."""
        with self._connected() as connection:
            connection.rename_s(dn, to)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        from rooms.company.directory import connect

        connection = connect(self.settings)
        try:
            yield connection
        finally:
            connection.unbind_s()


@contextmanager
def directory() -> Iterator[Directory]:
    """Run one, empty but for the two branches."""
    import ldap

    port = free_port()
    assert SLAPD is not None
    with tempfile.TemporaryDirectory(prefix="parlor-slapd-") as folder:
        configuration = Path(folder) / "slapd.conf"
        values = {"schemas": SCHEMAS, "folder": folder, "root": ROOT, "admin": ADMIN, "secret": SECRET}
        configuration.write_text(CONFIGURATION.format(**values))
        command = [SLAPD, "-f", str(configuration), "-h", f"ldap://127.0.0.1:{port}", "-d", "0"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                found = Directory(port)
                deadline = time.monotonic() + 20
                while True:
                    try:
                        found.add(ROOT, objectClass=["dcObject", "organization"], dc="example", o="Example")
                        break
                    except ldap.SERVER_DOWN:
                        assert process.poll() is None
                        assert time.monotonic() < deadline
                        time.sleep(0.05)
                for branch, name in ((PEOPLE, "people"), (GROUPS, "groups")):
                    found.add(branch, objectClass="organizationalUnit", ou=name)
                yield found
            finally:
                process.kill()
