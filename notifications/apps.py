"""Topics, notifications and tasks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Registers topics as a kind of stream with live delivery, and connects the receivers."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Register what the app provides. Django calls it once per process, when the models are loaded."""
        from chatproject.realtime.background import periodic
        from chatproject.realtime.delivery import hub
        from notifications import receivers  # noqa: F401
        from notifications.events import OPEN_TASKS, topic_stream
        from notifications.selectors.tasks import open_task_counts
        from notifications.selectors.topics import unread_counts
        from notifications.services.deliveries import channels, deliveries_sweep_task, deliveries_task
        from notifications.services.digests import digests, digests_task
        from notifications.services.mails import MissedMails
        from notifications.services.push_delivery import push_channel
        from notifications.services.task_due_dates import due_tasks_task
        from notifications.services.unread import COUNT_NAME
        from rooms.live.unread_counts import counters

        hub.register_source("topic", topic_stream)
        periodic.periodic_tasks += [deliveries_task, deliveries_sweep_task, digests_task, due_tasks_task]
        channels |= {channel.name: channel for channel in (push_channel, MissedMails(), digests)}
        counters |= {COUNT_NAME: unread_counts, OPEN_TASKS: open_task_counts}
