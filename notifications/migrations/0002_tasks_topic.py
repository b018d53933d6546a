from django.db import migrations


def make_tasks_topic(apps, schema_editor):
    """New tasks are told here; everybody signed in may subscribe, staff may publish."""
    Topic = apps.get_model("notifications", "Topic")
    Topic.objects.get_or_create(name="tasks", defaults={"title": "Tasks", "description": "New tasks."})


class Migration(migrations.Migration):

    dependencies = [
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(make_tasks_topic, migrations.RunPython.noop),
    ]
