"""Configuration and what both apps share."""

import gc

from django.apps import AppConfig


class ChatProjectConfig(AppConfig):
    """Holds the `serve` command, the checks of the configuration and the connection table."""

    name = "chatproject"
    verbose_name = "Server"

    def ready(self) -> None:
        """Called once per process: has the checks registered."""
        from chatproject.installation import deploy_checks  # noqa: F401

        gc.freeze()  # modules, classes and models: never garbage, so that no collection needs to look through them
        gc.enable()  # which manage.py and the launcher disable until here


class DaphneConfig(AppConfig):
    """Daphne's app, for its `runserver`. Its own class imports all of Twisted, which processes without it never use."""

    name = "daphne"
    verbose_name = "Daphne"
