"""A page's script or stylesheet is replaced by its bundle, if that was made from the present sources."""

import hashlib
import logging
from pathlib import Path

import pytest

from chatproject.storage import HashedStaticFilesStorage

PAGE, PART = 'import { part } from "./part.js";\npart();\n', "export const part = () => 1;\n"


def digest(text: str) -> str:
    """The digest that a bundle holds of a source."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def collect(folder: Path, files: dict[str, str]) -> HashedStaticFilesStorage:
    """Process the files as `collectstatic` does."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    storage = HashedStaticFilesStorage(location=folder, base_url="/static/")
    assert not [each for each in storage.post_process({name: (storage, name) for name in files}) if each[2] is None]
    return HashedStaticFilesStorage(location=folder, base_url="/static/")


def bundle(page: str, part: str) -> str:
    """The bundle of a page's script, as scripts/bundle makes it of these sources."""
    return f"/*! js/part.js {digest(part)} */\nvar part = () => 1;\n/*! js/page.js {digest(page)} */\npart();\n"


def test_a_page_loads_the_bundle_of_its_script(tmp_path: Path) -> None:
    storage = collect(tmp_path, {"js/page.js": PAGE, "js/part.js": PART, "bundles/js/page.js": bundle(PAGE, PART)})
    assert storage.url("js/page.js").startswith("/static/bundles/js/page.")
    assert storage.url("js/part.js").startswith("/static/js/part.")


def test_a_bundle_older_than_one_of_its_sources_is_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    old = bundle(PAGE, PART + "// a comment that was removed\n")
    with caplog.at_level(logging.WARNING):
        storage = collect(tmp_path, {"js/page.js": PAGE, "js/part.js": PART, "bundles/js/page.js": old})
    assert storage.url("js/page.js").startswith("/static/js/page.")
    assert "bundles/js/page.js is older than its sources" in caplog.text


def test_a_bundle_of_a_source_that_no_longer_exists_is_not_used(tmp_path: Path) -> None:
    storage = collect(tmp_path, {"js/page.js": PAGE, "bundles/js/page.js": bundle(PAGE, PART)} | {"js/part2.js": PART})
    assert storage.url("js/page.js").startswith("/static/js/page.")
