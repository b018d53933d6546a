"""Configuration and what both apps share."""

from django.apps import AppConfig


class ChatProjectConfig(AppConfig):
    """Holds the `serve` command and the checks of the configuration."""

    name = "chatproject"
