from django.db import migrations


class Migration(migrations.Migration):
    """Rename a model; its table keeps its name, so nothing happens in the database."""

    dependencies = [
        ("rooms", "0012_wording"),
    ]

    operations = [
        migrations.AlterModelTable(name="asked", table="rooms_asked"),
        migrations.RenameModel(old_name="Asked", new_name="InvitationHistory"),
    ]
