import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import rooms.people.names
from django.conf import settings
from django.db import migrations, models

from rooms.people.confusables import appearance_digests
from rooms.people.names import name_key


def unused_name(taken, first):
    """Return `first`, or `first` with a number if it is taken, and add the result to `taken`."""
    name, number = first, 1
    while name in taken:
        number += 1
        name = f'{first}-{number}'
    taken.add(name)
    return name


def rename_rooms(apps, schema_editor):
    """Rename rooms whose names are only dots: clients resolve them as path segments, so nobody could reach them."""
    Room = apps.get_model('rooms', 'Room')
    taken = set(Room.objects.filter(name__startswith='dots-').values_list('name', flat=True))
    for room in Room.objects.filter(name__regex=r'^\.+$').order_by('id'):
        room.name = unused_name(taken, f'dots-{room.pk}')
        room.save(update_fields=['name'])


def keep_names(apps, schema_editor):
    """Reserve every account's name permanently. If two names have the same key, the older account gets the key.

    The other account is still found by the exact spelling of its name. Names that nobody can read or reach are
    replaced; they still find their account unless they are invisible. Names of deleted accounts are reserved, too.
    """
    User, UserName, Message = (apps.get_model('rooms', name) for name in ('User', 'UserName', 'Message'))
    keys, rows = set(), []

    def keep(user_id, name, spelling=''):
        look, capital_look = appearance_digests(name)
        key = name_key(name)
        rows.append(UserName(key=key, spelling=spelling, user_id=user_id, look=look, capital_look=capital_look))

    accounts = list(User.objects.order_by('id').values_list('id', 'username'))
    for user_id, name in accounts:
        if (key := name_key(name)) and key not in keys:
            keys.add(key)
            keep(user_id, name)
        elif key:
            keep(user_id, name, spelling=name)
    for user_id, name in accounts:
        if not name_key(name) or not any(character.isalnum() for character in name):
            another = unused_name(keys, f'user-{user_id}')
            User.objects.filter(pk=user_id).update(username=another)
            keep(user_id, another)
    gone = Message.objects.filter(author=None, guest=False).order_by().values_list('user_name', flat=True).distinct()
    for name in gone:
        if (key := name_key(name)) and key not in keys:
            keys.add(key)
            keep(None, name)
    UserName.objects.bulk_create(rows, batch_size=1000)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('rooms', '0006_password_resets'),
    ]

    operations = [
        migrations.CreateModel(
            name='UserName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=450)),
                ('spelling', models.CharField(blank=True, default='', max_length=150)),
                ('look', models.CharField(db_index=True, max_length=64)),
                ('capital_look', models.CharField(db_index=True, max_length=64)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='names', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('key', 'spelling'), name='user_name_key_once'),
                    models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='user_name_key_given'),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name='room',
            name='room_name_form',
        ),
        migrations.RemoveConstraint(
            model_name='user',
            name='user_name_unique',
        ),
        migrations.RunPython(rename_rooms, migrations.RunPython.noop),
        migrations.RunPython(keep_names, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='room',
            name='name',
            field=models.CharField(help_text='Never changes.', max_length=64, unique=True, validators=[django.core.validators.RegexValidator('\\A(?!\\.+\\Z)[a-z0-9._-]{1,64}\\Z', 'Use 1 to 64 small letters, digits, dots, dashes and underscores, and not only dots.')]),
        ),
        migrations.AlterField(
            model_name='user',
            name='username',
            field=models.CharField(error_messages={'unique': 'That user name is taken.'}, help_text='Letters, digits and @ . + - _', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator(), rooms.people.names.validate_user_name], verbose_name='user name'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '^(?!\\.+$)[a-z0-9._-]{1,64}$')), name='room_name_form'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('username__in', ['.', '..']), _negated=True), name='user_name_form'),
        ),
    ]
