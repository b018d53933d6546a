"""Template tags for notifications."""

from django import template
from django.template import Context

from notifications.selectors import unread_count

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notifications(context: Context) -> int:
    """How many notifications of their own the signed-in user has not read."""
    return unread_count(context["user"].pk)
