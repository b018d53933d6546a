import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Pinned messages, and who can pin in a room. The new columns of messages are empty, so no row is rewritten."""

    dependencies = [
        ('rooms', '0016_search_check'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='pinned_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="pinned at"),
        ),
        migrations.AddField(
            model_name='message',
            name='pinned_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name="pinned by"),
        ),
        migrations.AddField(
            model_name='room',
            name='pinning',
            field=models.CharField(choices=[('moderators', 'Owners and moderators'), ('members', 'All members')], db_default='moderators', default='moderators', help_text='Who can pin messages.', max_length=10, verbose_name="pinning"),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('pinned_at__isnull', False)), fields=['room', 'pinned_at', 'seq'], name='message_pinned'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('pinned_by__isnull', False)), fields=['pinned_by'], name='message_pinned_by'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('pinning__in', ['moderators', 'members'])), name='room_pinning'),
        ),
    ]
