from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0019_link_previews")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(
                blank=True,
                editable=False,
                help_text="Like Europe/Berlin. Empty if it is not shown, null until a browser has named it.",
                max_length=64,
                null=True,
            ),
        ),
    ]
