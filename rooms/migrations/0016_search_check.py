from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0015_search")]

    operations = [
        migrations.AlterModelOptions(
            name="searchindex",
            options={"verbose_name": "search index", "verbose_name_plural": "search index"},
        ),
        migrations.AddField(
            model_name="searchindex",
            name="checked_at",
            field=models.DateTimeField(help_text="When `reindex --check` last ended.", null=True, verbose_name="checked at"),
        ),
        migrations.AddField(
            model_name="searchindex",
            name="wrong",
            field=models.PositiveBigIntegerField(help_text="How many messages it found wrong.", null=True, verbose_name="wrong"),
        ),
    ]
