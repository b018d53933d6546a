"""Static files whose names contain a hash of their content, including ES module imports."""

from functools import cache

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Makes files cacheable forever: a changed file gets another name, in `import` statements too."""

    support_js_module_import_aggregation = True

    @cache  # noqa: B019  # one instance per process, whose files do not change
    def url(self, name: str, force: bool = False) -> str:
        """Return the URL of a file. A page asks for some hundred of them."""
        return str(super().url(name, force))

    manifest_strict = False  # tests and commands may refer to files before `collectstatic` has run
