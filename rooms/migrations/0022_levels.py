import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What notifies people. The new columns have defaults in the database, for processes of an earlier version."""

    dependencies = [
        ('rooms', '0021_task_counts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Preferences',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='preferences', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name="user")),
                ('time_zone', models.CharField(blank=True, db_default='', default='', help_text='Of the quiet hours, like Europe/Berlin.', max_length=64, verbose_name="time zone")),
                ('quiet_from', models.TimeField(blank=True, null=True, verbose_name="quiet from")),
                ('quiet_until', models.TimeField(blank=True, null=True, verbose_name="quiet until")),
                ('dnd_until', models.DateTimeField(blank=True, null=True, verbose_name='do not disturb until')),
                ('email', models.CharField(choices=[('off', 'Never'), ('missed', 'When I miss something'), ('daily', 'Once a day')], db_default='missed', default='missed', max_length=6, verbose_name="email")),
                ('hide_content', models.BooleanField(db_default=False, default=False, help_text='Leaves the text of messages out of notifications and e-mails.', verbose_name="hide content")),
            ],
            options={
                'verbose_name_plural': 'preferences',"verbose_name": "preferences"
            },
        ),
        migrations.AddField(
            model_name='membership',
            name='level',
            field=models.CharField(blank=True, choices=[('everything', 'Everything'), ('mentions', 'Mentions'), ('nothing', 'Nothing')], db_default='', default='', help_text='Empty for the default: everything in direct rooms, mentions in other rooms.', max_length=10, verbose_name='notifications'),
        ),
        migrations.AddField(
            model_name='membership',
            name='muted',
            field=models.BooleanField(db_default=False, default=False, help_text="Dimmed and last in the member's list.", verbose_name="muted"),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['', 'everything', 'mentions', 'nothing'])), name='membership_level'),
        ),
        migrations.AddConstraint(
            model_name='preferences',
            constraint=models.CheckConstraint(condition=models.Q(('email__in', ['off', 'missed', 'daily'])), name='preferences_email'),
        ),
        migrations.AddConstraint(
            model_name='preferences',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_until__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False), models.Q(('quiet_from', models.F('quiet_until')), _negated=True)), _connector='OR'), name='preferences_quiet_hours'),
        ),
    ]
