import re

from django.db import migrations
from django.db.models.functions import Length

from rooms.markdown import Member, render_markdown
from rooms.markdown.bounds import MAX_HTML
from rooms.people.names import name_key


def render_again(apps, schema_editor):
    """Render over-long messages again: HTML rendered without bounds can be thousands of times as long as its text."""
    message, user = apps.get_model("rooms", "Message"), apps.get_model("rooms", "User")
    longer = message.objects.annotate(length=Length("html")).filter(length__gt=MAX_HTML).order_by()
    for pk in list(longer.values_list("pk", flat=True)):  # one at a time: each may be megabytes
        content, html = message.objects.values_list("content", "html").get(pk=pk)
        named = user.objects.filter(username__in=re.findall(r'<span class="mention" data-user="([^"]+)"', html))
        members = {name_key(name): Member(user_id, name) for user_id, name in named.values_list("pk", "username")}
        message.objects.filter(pk=pk).update(html=render_markdown(content, members))


class Migration(migrations.Migration):
    dependencies = [("rooms", "0004_conversation")]

    operations = [migrations.RunPython(render_again, migrations.RunPython.noop, elidable=True)]
