"""The Django admin of topics, notifications and tasks. Its changes are announced live."""

from notifications.admin.tasks import TaskAdmin
from notifications.admin.topics import NotificationAdmin, TopicAdmin

__all__ = ["NotificationAdmin", "TaskAdmin", "TopicAdmin"]
