"""Configuration and what both apps share."""

from django.apps import AppConfig


class ChatProjectConfig(AppConfig):
    """Holds the `serve` command, the checks of the configuration and the connection table."""

    name = "chatproject"
    verbose_name = "Server"

    def ready(self) -> None:
        """Called once per process: has the checks registered."""
        from chatproject import checks  # noqa: F401
