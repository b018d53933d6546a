"""The locked requirements, and the page that lists their licences."""

import re
from importlib.metadata import PackageNotFoundError, version

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.any_database

FILES = [f"requirements{name}" for name in ("", "-s3", "-traces", "-ldap", "-dev", "-bench", "-tools")]
LOCKED = re.compile(r"^(?P<requirement>[a-zA-Z0-9._-]+(?:\[.*?\])?==\S+)(?: ;.*)? \\$", re.MULTILINE)


def wanted_in(name: str) -> list[Requirement]:
    """Return the packages that a .in file names itself."""
    lines = (settings.BASE_DIR / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def locked_in(name: str) -> dict[str, set[str]]:
    """Return the versions that a .txt file locks, by package. A package has several if they depend on the Python."""
    locked: dict[str, set[str]] = {}
    for match in LOCKED.finditer((settings.BASE_DIR / f"{name}.txt").read_text()):
        requirement = Requirement(match["requirement"])
        locked.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier)[2:])
    return locked


@pytest.mark.parametrize("name", FILES)
def test_the_lock_has_every_package_that_is_asked_for(name: str) -> None:
    locked = locked_in(name)
    for requirement in wanted_in(name):
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"run scripts/lock: {requirement}"
        assert all(map(requirement.specifier.contains, versions)), f"run scripts/lock: {requirement}"


@pytest.mark.parametrize("name", FILES)
def test_every_locked_package_has_hashes_and_comes_from_the_package_index(name: str) -> None:
    text = (settings.BASE_DIR / f"{name}.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert all(re.match(r"    --hash=sha256:[0-9a-f]{64}|[a-zA-Z0-9._-]+(\[.*\])?==", line) for line in lines)
    assert len(re.findall(r"==.* \\\n    --hash", text)) == len(re.findall(r"^\S+==", text, re.MULTILINE))


def test_a_package_has_the_same_version_in_every_lock() -> None:
    everything = locked_in("requirements-bench")
    for name in FILES:
        for package, versions in locked_in(name).items():
            assert versions == everything.get(package, versions), package


def test_the_page_on_licences_has_every_package_that_is_installed_to_run() -> None:
    page = (settings.BASE_DIR / "docs/licenses.md").read_text()
    listed = re.findall(r"^\| \[(\S+)\]", page, re.MULTILINE)
    for package in locked_in("requirements"):
        try:
            version(package)
        except PackageNotFoundError:
            continue
        assert package in listed, f"run scripts/licenses: {package}"
