from django.db import migrations, models
from django.db.models import Count, Q


def count_at_messages(apps, schema_editor):
    """Have the messages of existing tasks show them."""
    Task = apps.get_model("notifications", "Task")
    Message = apps.get_model("rooms", "Message")
    is_open = Count("pk", filter=Q(state="open"))
    tasks = Task.objects.filter(message__isnull=False, message__deleted_at=None).order_by()
    for message_id, open_tasks in tasks.values_list("message").annotate(open_tasks=is_open):
        Message.objects.filter(pk=message_id).update(open_tasks=open_tasks)


class Migration(migrations.Migration):
    """The due dates of tasks, and their states at the messages that they come from."""

    dependencies = [("notifications", "0006_unread_notifications"), ("rooms", "0021_task_counts")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="due_on",
            field=models.DateField(blank=True, null=True, verbose_name="due date"),
        ),
        migrations.RunPython(count_at_messages, migrations.RunPython.noop),
    ]
