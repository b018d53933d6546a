"""Which migrations the database has, by their names.

To import every migration, as Django's executor does, takes longer than all other checks at the start of a server.
"""

import pkgutil
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

Name = tuple[str, str]  # an app and the name of a migration


def missing_migrations() -> list[Name]:
    """Return the migrations of this version that the database has not had."""
    return sorted(_known() - _applied())


def unknown_migrations() -> list[Name]:
    """Return the migrations that the database has had and this version doesn't know: those of a newer one."""
    labels = {app.label for app in apps.get_app_configs()}
    return sorted(name for name in _applied() - _known() if name[0] in labels)


def _known() -> set[Name]:
    return {
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in pkgutil.iter_modules([str(Path(app.path) / "migrations")])
    }


def _applied() -> set[Name]:
    return set(MigrationRecorder(connection).applied_migrations())
