"""Template tags for notifications and tasks."""

from django import template
from django.template import Context

from notifications.selectors.tasks import open_task_count
from notifications.selectors.topics import unread_count

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notifications(context: Context) -> int:
    """How many notifications of their own the signed-in user has not read."""
    return unread_count(context["user"].pk)


@register.simple_tag(takes_context=True)
def open_tasks(context: Context) -> int:
    """How many open tasks are assigned to the signed-in user."""
    return open_task_count(context["user"].pk)
