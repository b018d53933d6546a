from django.db import migrations, models


class Migration(migrations.Migration):
    """Favourite rooms. The database has the default, for processes of an earlier version."""

    dependencies = [
        ('rooms', '0023_room_news'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='favourite',
            field=models.BooleanField(db_default=False, default=False, help_text="First in the member's list.", verbose_name="favourite"),
        ),
    ]
