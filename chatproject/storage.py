"""The storages: static files whose names contain a hash of their content, and uploaded files in a folder."""

import logging
import os
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

BUNDLES = "bundles/"
SOURCE = re.compile(r"^/\*! (\S+) ([0-9a-f]{16}) \*/$", re.MULTILINE)  # as scripts/bundle.mjs writes it
logger = logging.getLogger(__name__)


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Makes files cacheable forever: a changed file gets another name, in `import` statements too.

    A page's script or stylesheet is replaced by its bundle, which contains everything that it imports.
    """

    support_js_module_import_aggregation = True
    manifest_strict = False  # tests and commands may refer to files before `collectstatic` has run

    @cache  # noqa: B019  # one instance per process, whose files do not change
    def url(self, name: str, force: bool = False) -> str:
        """Return the URL of a file."""
        return str(super().url(name, force))

    def save_manifest(self) -> None:
        """Save the names of files, with those of the bundles for what they replace."""
        for name in [name for name in self.hashed_files if name.startswith(BUNDLES)]:
            if is_current(Path(self.path(name)), Path(self.location)):
                self.hashed_files[name.removeprefix(BUNDLES)] = self.hashed_files[name]
            else:
                logger.warning(
                    "static/%s is older than its sources, which are served one by one: scripts/bundle.", name
                )
        super().save_manifest()


def is_current(bundle: Path, static: Path) -> bool:
    """Whether the files in the folder `static` are still those from which a bundle was made."""
    sources = SOURCE.findall(bundle.read_text())
    return all(_digest(static / name) == digest for name, digest in sources)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


class DurableStorage(FileSystemStorage):
    """Files in a folder, which survive a power failure as soon as they are saved."""

    def _save(self, name: str, content: File[bytes]) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]  # the stubs leave it out
        path = Path(self.path(saved))
        for each in (path, path.parent, path.parent.parent):
            descriptor = os.open(each, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return saved
