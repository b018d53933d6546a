"""App configurations of the project itself."""

import gc

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatProjectConfig(AppConfig):
    """The project's own app: the `serve` command, the configuration checks and the connection table."""

    name = "chatproject"
    verbose_name = _("Server")

    def ready(self) -> None:
        """Register the checks. Called once per process."""
        from chatproject.installation import deploy_checks  # noqa: F401

        gc.freeze()  # modules, classes and models are never garbage, so collections can skip them
        # Objects, and young collections before an older one: a collection stops live delivery, for 1 ms with 2,000
        # objects, for 20 ms with the 50,000 that would be fastest for pages.
        gc.set_threshold(2_000, 5)
        gc.enable()  # manage.py and the launcher disable it until this point


class DaphneConfig(AppConfig):
    """Daphne's app, for its `runserver`.

    Daphne's own class imports all of Twisted, even in processes that never use it.
    """

    name = "daphne"
    verbose_name = "Daphne"
