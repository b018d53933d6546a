"""The Django admin of topics, notifications and tasks. Its changes are announced live."""

from notifications.admin.deliveries import DeliveryAdmin
from notifications.admin.push import PushSubscriptionAdmin
from notifications.admin.tasks import TaskAdmin
from notifications.admin.topics import NotificationAdmin, TopicAdmin

__all__ = ["DeliveryAdmin", "NotificationAdmin", "PushSubscriptionAdmin", "TaskAdmin", "TopicAdmin"]
