"""Plain Django as a contender: DRF's generic views, and templates, on Parlor's own models and rows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from contenders import PEERS, Parlors, Service, daphne_command, running, uvicorn_command
from dialects import Tutorial
from servers import ROOT

FOLDER = PEERS / "plain_django"


class PlainDjango(Parlors):
    """Served as a new Django project is: by its own ASGI handler, with the Channels tutorial's consumer for sockets."""

    def __init__(self, server: str, *, postgres: bool = False) -> None:
        super().__init__(server, postgres=postgres)
        self.label = self.label.replace("Parlor", "plain Django")
        self.dialect = Tutorial("/ws/chat/{room}/")

    @contextlib.contextmanager
    def serving(self) -> Iterator[Service]:
        command = {"uvicorn": uvicorn_command, "daphne": daphne_command}[self.server]("plain_asgi:application")
        environment = self.installation.environment | {
            "DJANGO_SETTINGS_MODULE": "plain_settings",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{FOLDER}",
        }
        with running(self.label, command, environment, FOLDER) as (address, process):
            yield Service(address, process.pid, self.stores())


class InParlor(Parlors):
    """The same views in Parlor's server, to tell what its views do from what its HTTP handler does."""

    def __init__(self) -> None:
        super().__init__("uvicorn")
        self.label = "plain Django in Parlor's server"
        self.quick = False

    @contextlib.contextmanager
    def serving(self) -> Iterator[Service]:
        environment = self.installation.environment
        before = dict(environment)
        environment["DJANGO_SETTINGS_MODULE"] = "in_parlor_settings"
        environment["PYTHONPATH"] += f"{os.pathsep}{FOLDER}"
        try:
            with super().serving() as service:
                yield service
        finally:
            environment |= before
