"""Rooms, messages and the people in them."""

from django.apps import AppConfig


class RoomsConfig(AppConfig):
    """Registers rooms as a kind of stream with live delivery."""

    name = "rooms"

    def ready(self) -> None:
        """Called once per process, when the models are loaded."""
        from chatproject.realtime import chores, hub
        from rooms.events import RoomSource
        from rooms.services.notifying import mentions_chore
        from rooms.services.password_resets import password_resets_chore

        hub.register_source("room", RoomSource())
        chores.chores += [mentions_chore, password_resets_chore]
