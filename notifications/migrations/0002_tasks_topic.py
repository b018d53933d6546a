from django.db import migrations


def make_tasks_topic(apps, schema_editor):
    """Create the topic that announces new tasks. All users may subscribe to it, staff may publish to it."""
    Topic = apps.get_model("notifications", "Topic")
    Topic.objects.get_or_create(name="tasks", defaults={"title": "Tasks", "description": "New tasks."})


class Migration(migrations.Migration):

    dependencies = [
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(make_tasks_topic, migrations.RunPython.noop),
    ]
