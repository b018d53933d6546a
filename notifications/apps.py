"""Topics, notifications and tasks."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Registers topics as a kind of stream with live delivery."""

    name = "notifications"

    def ready(self) -> None:
        """Called once per process, when the models are loaded."""
        from chatproject.realtime import hub
        from notifications.called import retell_called, tell_called
        from notifications.events import TopicSource
        from notifications.invited import tell_invited
        from notifications.opened import tell_opened
        from notifications.services import room_forget, room_forget_for
        from rooms import hooks

        hub.register_source("topic", TopicSource())
        hooks.on_called.append(tell_called)
        hooks.on_invited.append(tell_invited)
        hooks.on_room_opened.append(tell_opened)
        hooks.on_text_changed.append(retell_called)
        hooks.on_room_lost.append(room_forget_for)
        hooks.on_room_deleted.append(room_forget)
