from django.db import migrations, models
from django.db.models import Q

BATCH = 500
VERBS = {
    "mention": " mentioned you",
    "room_mention": " mentioned everyone",
    "here_mention": " mentioned everyone who is online",
    "reply": " replied to you",
}
WHO_MAY_READ = {
    "none": "everybody on this server can find it and read all of it",
    "read": "anybody can read all of it, without an account",
    "write": "anybody can read all of it and write in it, without an account",
}
TASK_TITLES = {
    "New task created: ": "task_created",
    "Task assigned to you: ": "task_assigned",
    "Task completed: ": "task_completed",
    "Task due today: ": "task_due",
    "Task overdue: ": "task_overdue",
}


def store_kinds(apps, schema_editor):
    """Store what Parlor itself told people as kinds and parameters; a sentence that is not understood stays."""
    Notification = apps.get_model("notifications", "Notification")
    User = apps.get_model("rooms", "User")
    own = Notification.objects.filter(Q(topic__owner__isnull=False) | Q(topic__name="tasks"))
    own = own.filter(payload__isnull=False, deleted_at=None, kind="").select_related("room", "author").order_by("pk")
    last = 0
    while rows := list(own.filter(pk__gt=last)[:BATCH]):
        last = rows[-1].pk
        user_names = {row.payload.get("user_name") for row in rows if isinstance(row.payload, dict)}
        people = User.objects.filter(username__in=[name for name in user_names if isinstance(name, str)])
        names = {user.username: user.display_name or user.username for user in people}
        found = [row for row in rows if isinstance(row.payload, dict) and convert(row, names)]
        Notification.objects.bulk_update(found, ["kind", "title", "body", "payload"], batch_size=100)


def convert(row, names):
    """Set the kind and parameters of a notification, and return whether its title was understood."""
    kind, parameters = understood(row, names) or (None, None)
    if kind is None:
        return False
    row.kind, row.title = kind, ""
    row.payload = {**row.payload, "kind": kind, **parameters}
    if kind == "scheduled_failed":
        row.payload["error"], row.body = row.body, ""
    return True


def understood(row, names):
    """Return the kind of a notification, and the parameters that only its title has; None if it is another title."""
    kind, title, room = row.payload.get("kind"), row.title, row.room
    if row.task_id is not None:
        for start, task_kind in TASK_TITLES.items():
            if title.startswith(start):
                return task_kind, {"task_title": title.removeprefix(start)}
    elif kind == "scheduled_failed" and title == "Your scheduled message was not sent":
        return kind, {}
    elif room is None:
        return None  # published by a program, whatever its payload says
    elif kind in VERBS and row.message_seq is not None:
        return named(kind, "", VERBS[kind], row, names)
    elif kind == "reminder" and row.message_seq is not None:
        return named(kind, "Reminder: ", "", row, names)
    elif kind == "invitation":
        inviter = row.author and (row.author.display_name or row.author.username)
        if parts := split(title, " invited you to ", inviter, room):
            by = {"user_name": row.author.username} if row.author else {}
            name = {} if parts[0] == "Somebody" and not row.author else {"display_name": parts[0]}
            return kind, {"room_title": parts[1], **by, **name}
    elif kind == "room_opened":
        end = f" is now public: {WHO_MAY_READ.get(row.payload.get('guests'))}"
        if title.endswith(end):
            return kind, {"room_title": title.removesuffix(end)}
    return None


def named(kind, start, verb, row, names):
    """Return the kind and the name and room of a title like `Ann mentioned you in Tea`."""
    if not row.title.startswith(start):
        return None
    rest = row.title.removeprefix(start)
    if row.room.kind == "direct":
        return (kind, {"display_name": rest.removesuffix(verb)}) if rest.endswith(verb) else None
    user_name = row.payload.get("user_name")
    parts = split(rest, f"{verb} in ", names.get(user_name, user_name), row.room)
    return (kind, {"display_name": parts[0], "room_title": parts[1]}) if parts else None


def split(text, middle, name, room):
    """Split a name from a room's title. If either has these words, too, go by what they are called now."""
    if name is not None and text.startswith(name + middle):
        return name, text.removeprefix(name + middle)
    room_title = room.title or room.name
    if text.endswith(middle + room_title):
        return text.removesuffix(middle + room_title), room_title
    name, found, room_title = text.partition(middle)
    return (name, room_title) if found else None


class Migration(migrations.Migration):
    """Notifications have kinds and parameters instead of sentences, to be worded in the language of their readers."""

    dependencies = [
        ('notifications', '0010_task_reminders'),
        ('rooms', '0028_statuses'),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='kind',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=24, verbose_name="kind"),
        ),
        migrations.RunPython(store_kinds, migrations.RunPython.noop),
    ]
