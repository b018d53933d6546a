import re

from django.db import migrations

NAMED = re.compile(r'<span class="mention" data-user="([^"]*)">')


def add_ids(apps, schema_editor):
    """Add the ids of mentioned users to messages that are already rendered: names can change, ids don't.

    A mentioned user who is no longer found gets no id, so the mention belongs to nobody.
    """
    Message, Mention = apps.get_model('rooms', 'Message'), apps.get_model('rooms', 'Mention')
    found = Message.objects.filter(html__contains='<span class="mention" data-user=').order_by('pk')
    columns = ('pk', 'html', 'author_id', 'author__username')
    after = 0
    while page := list(found.filter(pk__gt=after).values_list(*columns)[:500]):
        after = page[-1][0]
        mentioned_ids = {}
        mentions = Mention.objects.filter(message__in=[pk for pk, *_ in page])
        for pk, user_id, name in mentions.values_list('message_id', 'user_id', 'user__username'):
            mentioned_ids[pk, name] = user_id
        for pk, html, author_id, author_name in page:
            mentioned_ids[pk, author_name] = author_id

            def with_id(match):
                user_id = mentioned_ids.get((pk, match[1]))
                return f'{match[0][:-1]} data-user-id="{user_id}">' if user_id else match[0]

            changed = NAMED.sub(with_id, html)
            if changed != html:
                Message.objects.filter(pk=pk).update(html=changed)


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0010_edited_version'),
    ]

    operations = [
        migrations.RunPython(add_ids, migrations.RunPython.noop, elidable=True),
    ]
