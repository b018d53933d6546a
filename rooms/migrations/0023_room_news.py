from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def listen_in_direct_rooms(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let members of existing direct rooms hear of what is written from now on."""
    direct = apps.get_model("rooms", "Room").objects.filter(kind="direct")
    direct.update(listened=True, heard_seq=models.F("last_seq"))


class Migration(migrations.Migration):
    """Which rooms have members who hear of every message, and up to which one that is decided."""

    dependencies = [("rooms", "0022_levels")]

    operations = [
        migrations.AddField(
            model_name="room",
            name="heard_seq",
            field=models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="room",
            name="listened",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="room",
            name="news_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(condition=models.Q(("news_at__isnull", False)), fields=["news_at"], name="room_news"),
        ),
        migrations.RunPython(listen_in_direct_rooms, migrations.RunPython.noop, elidable=True),
    ]
