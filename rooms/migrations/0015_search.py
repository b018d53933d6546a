from django.db import migrations, models

from rooms.search.tables import create_table, drop_table


def create_index(apps, schema_editor):
    """Create the index. It is filled later, while the server runs."""
    create_table(schema_editor.connection)
    last = apps.get_model("rooms", "Message").objects.order_by("-id").values_list("id", flat=True).first() or 0
    apps.get_model("rooms", "SearchIndex").objects.create(id=1, version=1, indexed_from=last + 1)


def drop_index(apps, schema_editor):
    """Drop the index."""
    drop_table(schema_editor.connection)


class Migration(migrations.Migration):
    """The search index."""

    dependencies = [("rooms", "0014_files")]

    operations = [
        migrations.CreateModel(
            name="SearchIndex",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False, verbose_name="id")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("indexed_from", models.PositiveBigIntegerField(verbose_name="indexed from")),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="search_index_single")],
            },
        ),
        migrations.RunPython(create_index, drop_index),
    ]
