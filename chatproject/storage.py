"""Static files under names that hold a hash of their content, ES module imports included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Files may be cached for ever: a changed file has another name, in `import` statements too."""

    support_js_module_import_aggregation = True
    manifest_strict = False  # tests and commands may name a file before `collectstatic` ran
