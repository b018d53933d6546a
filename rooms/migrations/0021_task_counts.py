from django.db import migrations, models


class Migration(migrations.Migration):
    """How many tasks of a message are open. The new column is empty, so no row is rewritten."""

    dependencies = [("rooms", "0020_time_zone")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="open_tasks",
            field=models.SmallIntegerField(blank=True, editable=False, null=True),
        ),
    ]
