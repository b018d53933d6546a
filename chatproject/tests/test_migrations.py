"""New migrations leave a database that processes of the last version can still use, so that an upgrade needs no break.

`scripts/upgrade-drill` tries it; these tests find what it would stumble over, without a server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED
from django.db.models.query_utils import Q

pytestmark = pytest.mark.any_database
# The newest migrations of the last version. After a release they become those of that release.
LAST = {"rooms": 34, "notifications": 11, "chatproject": 2}
REMOVING = (migrations.RemoveField, migrations.RenameField, migrations.RenameModel, migrations.DeleteModel)


def has_default(field: models.Field[object, object]) -> bool:
    """Return whether a row can be inserted by code that doesn't know the field."""
    return field.many_to_many or field.null or field.db_default is not NOT_PROVIDED


def names_in(condition: Q) -> set[str]:
    """Return the fields that a condition compares."""
    names: set[str] = set()
    child: Any
    for child in condition.children:
        names |= names_in(child) if isinstance(child, Q) else {child[0].partition("__")[0]}
    return names


def fields_of(constraint: models.BaseConstraint) -> set[str]:
    """Return the fields of a constraint."""
    condition = getattr(constraint, "condition", None)
    return {*getattr(constraint, "fields", ()), *(names_in(condition) if condition is not None else ())}


def problems(app: str, before: ProjectState, operation: Operation, added: set[tuple[str, str]]) -> Iterator[str]:
    """Yield what an old process would stumble over. `added` has the new fields, and new models with an empty field."""
    if isinstance(operation, REMOVING):
        yield "old processes still use what this removes or renames: do it a version later"
    if isinstance(operation, migrations.AddField) and not has_default(operation.field):
        yield f"{operation.model_name}.{operation.name} needs db_default or null: old processes insert rows without it"
    if isinstance(operation, migrations.AlterField):
        old = before.models[app, operation.model_name_lower].fields[operation.name]
        if old.null and not has_default(operation.field):
            yield f"{operation.model_name}.{operation.name} needs db_default: old processes insert null"
        if old.get_internal_type() != operation.field.get_internal_type():
            yield f"{operation.model_name}.{operation.name} gets another type: add a new field instead"
        if (old.max_length or 0) > (operation.field.max_length or 2**31):
            yield f"{operation.model_name}.{operation.name} becomes shorter: old processes write longer texts"
    if isinstance(operation, migrations.AddConstraint):
        model = operation.model_name_lower
        known = {name for name in fields_of(operation.constraint) if (model, name) not in added}
        if known and (model, "") not in added:
            yield f"old processes don't keep {operation.constraint.name}, which is about {', '.join(sorted(known))}"


def found_in(app: str, name: str, loader: MigrationLoader, added: set[tuple[str, str]]) -> list[str]:
    """Return the problems of a migration, and note what it adds."""
    state, found = loader.project_state((app, name), at_end=False), []
    for operation in loader.get_migration(app, name).operations:
        found += [f"{app} {name}: {problem}" for problem in problems(app, state, operation, added)]
        if isinstance(operation, migrations.CreateModel):
            added.add((operation.name_lower, ""))
        if isinstance(operation, migrations.AddField):
            added.add((operation.model_name_lower, operation.name))
        operation.state_forwards(app, state)
    return found


def test_old_processes_can_use_a_database_with_the_new_migrations() -> None:
    loader = MigrationLoader(None)
    found: list[str] = []
    added: set[tuple[str, str]] = set()
    for app, name in sorted(loader.disk_migrations):
        if app in LAST and int(name[:4]) > LAST[app]:
            found += found_in(app, name, loader, added)
    assert found == []


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (migrations.AddField("room", "slow", models.IntegerField(default=0)), "needs db_default or null"),
        (migrations.AddField("room", "slow", models.IntegerField(default=0, db_default=0)), ""),
        (migrations.AddField("room", "slow", models.IntegerField(null=True)), ""),
        (migrations.RemoveField("room", "title"), "a version later"),
        (migrations.RenameField("room", "title", "caption"), "a version later"),
        (migrations.AlterField("room", "title", models.CharField(max_length=5)), "becomes shorter"),
        (migrations.AlterField("room", "title", models.IntegerField()), "another type"),
        (migrations.AlterField("message", "pinned_at", models.DateTimeField()), "needs db_default"),
        (
            migrations.AddConstraint("room", models.CheckConstraint(condition=Q(version__lt=5), name="few")),
            "few, which is about version",
        ),
        (migrations.AddConstraint("room", models.UniqueConstraint(fields=["slow"], name="new")), ""),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_old_processes_would_stumble_over_is_found(operation: Operation, says: str) -> None:
    state = MigrationLoader(None).project_state(("rooms", "0034_unread_first"))
    found = list(problems("rooms", state, operation, {("room", "slow")}))
    assert says in (found or [""])[0]
    assert bool(found) == bool(says)
