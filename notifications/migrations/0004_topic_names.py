import django.core.validators
from django.db import migrations, models


def rename_topics(apps, schema_editor):
    """Rename topics whose names are only dots: clients resolve them as path segments, so nobody could reach them."""
    Topic = apps.get_model('notifications', 'Topic')
    taken = set(Topic.objects.filter(name__startswith='dots-').values_list('name', flat=True))
    for topic in Topic.objects.filter(name__regex=r'^\.+$').order_by('id'):
        name, number = f'dots-{topic.pk}', 1
        while name in taken:
            number += 1
            name = f'dots-{topic.pk}-{number}'
        taken.add(name)
        Topic.objects.filter(pk=topic.pk).update(name=name)


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0003_taken_back'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='topic',
            name='topic_name_form',
        ),
        migrations.RunPython(rename_topics, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='topic',
            name='name',
            field=models.CharField(help_text='Never changes.', max_length=64, null=True, unique=True, validators=[django.core.validators.RegexValidator('\\A(?!\\.+\\Z)[a-z0-9._-]{1,64}\\Z', 'Use 1 to 64 small letters, digits, dots, dashes and underscores, and not only dots.')]),
        ),
        migrations.AddConstraint(
            model_name='topic',
            constraint=models.CheckConstraint(condition=models.Q(('name__isnull', True), ('name__regex', '^(?!\\.+$)[a-z0-9._-]{1,64}$'), _connector='OR'), name='topic_name_form'),
        ),
    ]
