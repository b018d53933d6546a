import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Messages that people save for later, with reminders."""

    dependencies = [
        ('rooms', '0017_pins'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('saved_at', models.DateTimeField(verbose_name="saved at")),
                ('remind_at', models.DateTimeField(blank=True, null=True, verbose_name="remind at")),
                ('reminded_at', models.DateTimeField(blank=True, null=True, verbose_name="reminded at")),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_by', to='rooms.message', verbose_name="message")),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='saved_messages', to=settings.AUTH_USER_MODEL, verbose_name="user")),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('remind_at__isnull', False), ('reminded_at__isnull', True)), fields=['remind_at'], name='saved_due')],
                'constraints': [models.UniqueConstraint(fields=('user', 'message'), name='saved_once'), models.CheckConstraint(condition=models.Q(('reminded_at__isnull', True), ('remind_at__isnull', False), _connector='OR'), name='saved_reminded_of_something')],"verbose_name": "saved message", "verbose_name_plural": "saved messages"
            },
        ),
    ]
