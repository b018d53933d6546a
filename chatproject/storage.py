"""Static files whose names contain a hash of their content, including ES module imports."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Makes files cacheable forever: a changed file gets another name, in `import` statements too."""

    support_js_module_import_aggregation = True
    manifest_strict = False  # tests and commands may refer to files before `collectstatic` has run
