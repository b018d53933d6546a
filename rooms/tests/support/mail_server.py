"""A real mail server for tests, which accepts, refuses, hangs or hangs up as told."""

from __future__ import annotations

import asyncio
import logging
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from rooms.tests.support.servers import free_port

ACCEPTED = "250 OK"
HANG, HANG_UP = "hang", "hang up"


class MailServer:
    """Keeps what it accepts in `mails`. `answers` are those to the next recipients and data, else all is accepted."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.to_recipients: list[str] = []
        self.to_data: list[str] = []
        self.port = free_port()
        self._controller: Controller | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings with which Django sends to it."""
        backend = "django.core.mail.backends.smtp.EmailBackend"
        return {"EMAIL_BACKEND": backend, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": self.port, "EMAIL_TIMEOUT": 1}

    def start(self) -> None:
        """Start it in a thread, at the same address as before."""
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Stop it: from then on, it refuses connections."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to a recipient."""
        answer = await _answer(server, self.to_recipients)
        if answer == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to a mail."""
        answer = await _answer(server, self.to_data)
        if answer == ACCEPTED:
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
        return answer


async def _answer(server: SMTP, answers: list[str]) -> str:
    answer = answers.pop(0) if answers else ACCEPTED
    if answer == HANG:
        await asyncio.sleep(60)
    if answer == HANG_UP:
        assert server.transport is not None
        server.transport.abort()  # type: ignore[attr-defined]
    return answer
