"""Pushes to a push service that others wrote, which checks the signature and decrypts."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

from chatproject.outgoing.network import Rules
from notifications.models import Delivery, PushSubscription
from notifications.push.vapid import generate_key
from notifications.services import deliveries, push_sending
from notifications.services.deliveries import deliveries_claim, delivery_finish
from notifications.services.push_delivery import push_channel
from notifications.services.push_subscriptions import push_public_key, push_turn_on
from notifications.tests.push_support import FIREFOX, Browser
from notifications.tests.support import NotificationCase
from rooms.models import Message
from rooms.services.mention_notices import mentions_notify
from rooms.services.posting import message_post
from rooms.tests.support.servers import free_port
from rooms.tests.support.websites import any_address

SERVER = settings.BASE_DIR / "notifications/tests/push_service/node_modules/web-push-testing/src/bin/server.js"
NODE = shutil.which("node")


class PushService:
    """The push service web-push-testing."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://localhost:{port}"
        self.rules = Rules(lambda host, seconds: ["127.0.0.1", "::1"], any_address, frozenset({port}))

    def ask(self, path: str, **fields: str) -> dict[str, dict[str, object]]:
        """Post a form, and return the answer."""
        with urlopen(Request(f"{self.url}/{path}", urlencode(fields).encode()), timeout=10) as answer:
            text = answer.read()
        found: dict[str, dict[str, object]] = json.loads(text) if text.startswith(b"{") else {}
        return found

    def messages(self, client: object) -> list[dict[str, object]]:
        """Return what a browser has received, decrypted."""
        messages = self.ask("get-notifications", clientHash=str(client))["data"]["messages"]
        assert isinstance(messages, list)
        return [json.loads(message) for message in messages]


@contextmanager
def push_service() -> Iterator[PushService]:
    """Run it."""
    service = PushService(free_port())
    assert NODE is not None
    with subprocess.Popen([NODE, SERVER, str(service.port)], stdout=subprocess.DEVNULL) as process:
        try:
            while True:
                assert process.poll() is None
                try:
                    service.ask("status")
                    break
                except URLError:
                    time.sleep(0.05)
            yield service
        finally:
            process.kill()


@pytest.mark.integration
@pytest.mark.skipif(NODE is None or not SERVER.exists(), reason="needs Node 20, and scripts/test to install it")
class IndependentPushService(NotificationCase):
    def send(self, service: PushService) -> Delivery:
        """Mention Ben, and send what that causes."""
        message = message_post(by=self.ann, room=self.tea, content="@ben ¿come? 🍵").message
        Message.objects.filter(pk=message.pk).update(created_at="2026-01-01T00:00:00Z")
        mentions_notify()
        with mock.patch.object(push_sending, "RULES", service.rules):
            for delivery, prepared in deliveries_claim(push_channel, 20):
                delivery_finish(push_channel, delivery, push_channel.send(prepared))
        return Delivery.objects.latest("pk")

    def test_it_decrypts_what_only_its_browser_can_read_until_that_is_gone(self) -> None:
        with push_service() as service, mock.patch.dict(deliveries.channels, {"push": push_channel}, clear=True):
            made = service.ask("subscribe", userVisibleOnly="true", applicationServerKey=push_public_key())["data"]
            keys = made["keys"]
            assert isinstance(keys, dict)
            push_turn_on(user=self.ben, cookie="biscuit", user_agent=FIREFOX, **Browser().subscription)
            PushSubscription.objects.update(endpoint=made["endpoint"], **keys)

            delivery = self.send(service)
            assert (delivery.state, delivery.last_status) == ("sent", "201")
            (content,) = service.messages(made["clientHash"])
            assert (content["title"], content["body"]) == ("ann mentioned you in Tea", "@ben ¿come? 🍵")
            assert content["id"] == delivery.dedupe_key

            other_key = generate_key()
            with mock.patch("notifications.services.push_delivery.push_private_key", return_value=other_key):
                assert self.send(service).state == "failed"
            assert len(service.messages(made["clientHash"])) == 1

            service.ask(f"expire-subscription/{made['clientHash']}")
            assert self.send(service).last_status.startswith("410 ")
            assert not PushSubscription.objects.exists()
            assert len(service.messages(made["clientHash"])) == 1
