from django.db import migrations, models

POSTGRESQL = """
CREATE FUNCTION rooms_auditevent_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM rooms_auditevent WHERE expired_before > OLD.at) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER rooms_auditevent_keep BEFORE UPDATE OR DELETE ON rooms_auditevent
FOR EACH ROW EXECUTE FUNCTION rooms_auditevent_keep();
"""
SQLITE = (
    """CREATE TRIGGER rooms_auditevent_keep_values BEFORE UPDATE ON rooms_auditevent
    BEGIN SELECT RAISE(ABORT, 'The audit log is append-only.'); END""",
    """CREATE TRIGGER rooms_auditevent_keep_rows BEFORE DELETE ON rooms_auditevent
    WHEN NOT EXISTS (SELECT 1 FROM rooms_auditevent WHERE expired_before > OLD.at)
    BEGIN SELECT RAISE(ABORT, 'The audit log is append-only.'); END""",
)


def create_triggers(apps, schema_editor):
    """Refuse to change events, and to delete those that have not expired.

    On SQLite they name no other table: Django could not rebuild that one then. When it rebuilds this one, they have to
    be created again.
    """
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else [POSTGRESQL]:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps, schema_editor):
    """Drop what does not disappear with the table."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION rooms_auditevent_keep() CASCADE")


class Migration(migrations.Migration):
    """The audit log."""

    dependencies = [
        ('rooms', '0034_unread_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('action', models.CharField(max_length=40, verbose_name='action')),
                ('via', models.CharField(max_length=8, verbose_name='via')),
                ('actor_id', models.BigIntegerField(null=True, verbose_name='actor id')),
                ('actor_name', models.CharField(blank=True, max_length=150, verbose_name='actor')),
                ('user_id', models.BigIntegerField(null=True, verbose_name='person id')),
                ('user_name', models.CharField(blank=True, max_length=150, verbose_name='person')),
                ('room_id', models.BigIntegerField(null=True, verbose_name='room id')),
                ('room_name', models.CharField(blank=True, max_length=100, verbose_name='room')),
                ('target', models.CharField(blank=True, max_length=200, verbose_name='target')),
                ('before', models.JSONField(default=dict, verbose_name='before')),
                ('after', models.JSONField(default=dict, verbose_name='after')),
                ('address', models.CharField(blank=True, max_length=39, verbose_name='IP address')),
                ('request_id', models.CharField(blank=True, max_length=32, verbose_name='request id')),
                ('once', models.CharField(editable=False, max_length=32, null=True)),
                ('expired_before', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'verbose_name': 'audit event',
                'verbose_name_plural': 'audit log',
                'indexes': [models.Index(fields=['at'], name='audit_at'), models.Index(fields=['action', 'id'], name='audit_action'), models.Index(fields=['actor_id', 'id'], name='audit_actor'), models.Index(condition=models.Q(('user_id__isnull', False)), fields=['user_id', 'id'], name='audit_user'), models.Index(condition=models.Q(('room_id__isnull', False)), fields=['room_id', 'id'], name='audit_room'), models.Index(condition=models.Q(('expired_before__isnull', False)), fields=['expired_before'], name='audit_expired')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('once__isnull', False)), fields=('once',), name='audit_once'), models.CheckConstraint(condition=models.Q(('expired_before', None), ('expired_before__lt', models.F('at')), _connector='OR'), name='audit_past')],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
        migrations.AddField(
            model_name='room',
            name='public_log',
            field=models.BooleanField(db_default=False, default=False, help_text='Whether members see what moderators did in the room.', verbose_name='public log'),
        ),
    ]
