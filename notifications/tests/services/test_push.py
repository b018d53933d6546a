"""Pushes to browsers: what they say, how push services answer, and when a device gets nothing any more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from unittest import mock

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from notifications.models import Delivery, PushKey, PushSubscription
from notifications.push.encryption import decode_base64url, encrypt_with
from notifications.selectors.push import MAX_FAILURES
from notifications.services import deliveries, push_sending
from notifications.services.deliveries import News, deliveries_claim, deliveries_create, delivery_finish
from notifications.services.posting import notify_person
from notifications.services.push_delivery import MAX_CONTENT_BYTES, contact, push_channel, push_test
from notifications.services.push_subscriptions import push_private_key, push_public_key, push_renew, push_turn_on
from notifications.services.tasks import task_create
from notifications.tests.push_support import FIREFOX, Browser
from notifications.tests.support import NotificationCase
from rooms.models import Message, Preferences, SavedMessage, User
from rooms.people.device_names import device_name
from rooms.services.direct_rooms import direct_room_open
from rooms.services.mention_notices import mentions_notify
from rooms.services.posting import message_post
from rooms.services.reminders import reminders_send
from rooms.services.saved_messages import reminder_set
from rooms.tests.support.api_case import PASSWORD
from rooms.tests.support.clients import database
from rooms.tests.support.concurrency import TogetherCase
from rooms.tests.support.websites import Answer, Website, website

State = Delivery.State


@pytest.mark.any_database
def test_encryption_is_that_of_the_standard() -> None:
    """The example of RFC 8291, appendix A."""
    sender = int.from_bytes(decode_base64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    body = encrypt_with(
        b"When I grow up, I want to be a watermelon",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        ec.derive_private_key(sender, ec.SECP256R1()),
        decode_base64url("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert body == decode_base64url(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7"
        "A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/26.0 Safari/605.1",
            "Safari on Mac",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1 Mobile/15E148", "App on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0 Safari/537.36", "Chrome on Linux"),
        ("curl/8", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_devices_are_named_after_the_browser_and_the_system(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


class PushCase(NotificationCase):
    """Ben has a browser whose push service is a website here."""

    def setUp(self) -> None:
        super().setUp()
        patched = mock.patch.dict(deliveries.channels, {"push": push_channel}, clear=True)
        patched.start()
        self.addCleanup(patched.stop)
        self.device = self.turn_on(self.ben)

    def turn_on(self, user: User, cookie: str = "biscuit", browser: Browser | None = None) -> PushSubscription:
        browser = browser or Browser()
        return push_turn_on(user=user, cookie=cookie, user_agent=FIREFOX, **browser.subscription)[0]

    def prepared(self) -> list[dict[str, Any]]:
        """Claim what is due, and return what it says."""
        return [orjson.loads(push.content) for _, push in deliveries_claim(push_channel, 20)]

    def work(self, site: Website) -> None:
        """Send what is due to the website, as a server process does."""
        PushSubscription.objects.update(endpoint=site.url("/push"))
        with mock.patch.object(push_sending, "RULES", site.rules()):
            for delivery, prepared in deliveries_claim(push_channel, 20):
                delivery_finish(push_channel, delivery, push_channel.send(prepared))

    def answered(self, status: int, **headers: str) -> Delivery:
        """Send a notification to a push service that answers like this, and return the delivery."""
        notify_person(user=self.ben, title="news")
        with website({"/push": Answer(b"because", status=status, headers=headers)}) as site:
            self.work(site)
            assert site.paths == ["/push"]
        return Delivery.objects.latest("pk")

    def mention_ben(self, text: str = "@ben come") -> Message:
        message = message_post(by=self.ann, room=self.tea, content=text).message
        Message.objects.filter(pk=message.pk).update(created_at="2026-01-01T00:00:00Z")
        mentions_notify()
        return message


class Content(PushCase):
    def test_a_mention_leads_to_its_message(self) -> None:
        message = self.mention_ben()
        (content,) = self.prepared()
        assert content == {
            "title": "ann mentioned you in Tea",
            "body": "@ben come",
            "url": f"/rooms/tea/?message={message.seq}",
            "room": "tea",
            "tag": f"room-{self.tea.pk}",
            "badge": 1,
            "id": Delivery.objects.get().dedupe_key,
        }

    def test_a_notification_about_no_message_opens_as_from_the_list(self) -> None:
        notify_person(user=self.ben, title="news")
        (content,) = self.prepared()
        assert (content["title"], content["url"]) == ("news", "/notifications/1/")

    def test_a_message_without_a_notification_is_worded_for_its_reader(self) -> None:
        room, _ = direct_room_open(by=self.ann, people=[self.ben])
        for place, title in ((room, "ann"), (self.tea, "ann in Tea")):
            message = message_post(by=self.ann, room=place, content="*hello*").message
            Delivery.objects.all().delete()
            deliveries_create([News(self.ben.pk, room_id=place.pk, seq=message.seq)])
            if place == self.tea:
                self.tea.memberships.filter(user=self.ben).update(level="everything")
            (content,) = self.prepared()
            assert (content["title"], content["body"]) == (title, "hello")
            assert content["url"] == f"{place.get_absolute_url()}?message={message.seq}"
            assert content["room"] == place.name

    def test_a_reminder_is_not_closed_with_its_room(self) -> None:
        message = message_post(by=self.ann, room=self.tea, content="milk").message
        later = (timezone.now() + timedelta(hours=1)).isoformat()
        reminder_set(by=self.ben, room=self.tea, seq=message.seq, remind_at=later)
        SavedMessage.objects.update(remind_at=timezone.now())
        reminders_send()
        (content,) = self.prepared()
        assert content["url"] == f"/rooms/tea/?message={message.seq}"
        assert "room" not in content

    def test_the_text_is_left_out_for_those_who_hide_it(self) -> None:
        Preferences.objects.create(user=self.ben, hide_content=True)
        self.mention_ben()
        (content,) = self.prepared()
        assert (content["title"], content["body"]) == ("ann mentioned you in Tea", "")
        Delivery.objects.all().delete()
        task_create(by=self.ann, title="Fire Ben", assignee=self.ben)
        (content,) = self.prepared()
        assert content["title"] == "Task assigned to you"
        Delivery.objects.all().delete()
        notify_person(user=self.ben, title="Fire Ben")
        (content,) = self.prepared()
        assert content["title"] == "New notification"

    def test_the_longest_text_fits(self) -> None:
        for text in ("\x01" * 8000, "𝒳" * 8000, '"' * 8000):
            Delivery.objects.all().delete()
            notify_person(user=self.ben, title=text[:200], body=text)
            ((_, push),) = deliveries_claim(push_channel, 20)
            assert 1000 < len(push.content) <= MAX_CONTENT_BYTES
            assert orjson.loads(push.content)["body"].endswith("…")

    def test_each_device_gets_it_once(self) -> None:
        self.turn_on(self.ben, "another")
        self.mention_ben()
        first, second = self.prepared()
        assert first["id"] != second["id"]
        assert self.prepared() == []


class Requests(PushCase):
    def test_the_push_service_gets_what_the_standard_asks_for(self) -> None:
        self.mention_ben()
        with website({"/push": Answer(status=201)}) as site:
            self.work(site)
            ((method, _, headers),) = site.requests
            (body,) = site.bodies
        assert method == "POST"
        assert headers["Content-Encoding"] == "aes128gcm"
        assert int(headers["TTL"]) >= 24 * 3600
        assert headers["Urgency"] == "high"
        assert len(headers["Topic"]) == 32
        assert b"ben" not in body
        assert len(body) < 3000
        token, key = headers["Authorization"].removeprefix("vapid ").split(", ")
        assert key == f"k={push_public_key()}"
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode_base64url(push_public_key()))
        claims = jwt.decode(
            token.removeprefix("t="), public, algorithms=["ES256"], audience=f"http://site.example:{site.port}"
        )
        assert claims["exp"] - datetime.now(UTC).timestamp() < 24 * 3600
        assert claims["sub"] == "mailto:admin@example.org"
        self.device.refresh_from_db()
        assert self.device.last_ok_at is not None
        assert Delivery.objects.get().state == State.SENT

    def test_topics_of_rooms_differ_by_device_and_do_not_name_the_room(self) -> None:
        self.turn_on(self.ben, "another")
        self.mention_ben()
        self.mention_ben()
        topics = [push.topic for _, push in deliveries_claim(push_channel, 20)]
        assert len(topics) == 4
        assert len({*topics}) == 2

    def test_a_private_address_is_not_sent_to(self) -> None:
        PushSubscription.objects.update(endpoint="https://127.0.0.1/push")
        notify_person(user=self.ben, title="news")
        ((delivery, push),) = deliveries_claim(push_channel, 20)
        delivery_finish(push_channel, delivery, push_channel.send(push))
        delivery.refresh_from_db()
        assert (delivery.state, delivery.last_status) == (State.FAILED, "not sent: not a public address")

    def test_the_contact_is_never_this_machine(self) -> None:
        with override_settings(PUBLIC_URL="https://chat.example.org"):
            assert contact() == "https://chat.example.org"
        for local in ("https://localhost:8443", "http://chat.example.org", "https://127.0.0.1"):
            with override_settings(PUBLIC_URL=local, DEFAULT_FROM_EMAIL="Parlor <parlor@example.com>"):
                assert contact() == "mailto:parlor@example.com"


class Answers(PushCase):
    def test_a_device_that_is_gone_is_removed_after_one_try(self) -> None:
        for status in (404, 410):
            self.turn_on(self.ben)
            notify_person(user=self.ben, title="waits")
            Delivery.objects.update(due_at=timezone.now() + timedelta(hours=1))
            assert self.answered(status).state == State.FAILED
            assert not PushSubscription.objects.exists()
            Delivery.objects.filter(state=State.WAITING).update(due_at=timezone.now())
            assert self.prepared() == []
            Delivery.objects.all().delete()

    def test_a_busy_push_service_is_asked_again_when_it_said(self) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=700), usegmt=True)
        for status, headers, seconds in (
            (429, {"Retry-After": "700"}, 700),
            (503, {"Retry-After": date}, 700),
            (500, {"Retry-After": "soon"}, 30),
            (502, {}, 30),
        ):
            Delivery.objects.all().delete()
            delivery = self.answered(status, **headers)
            assert delivery.state == State.WAITING
            assert seconds - 30 < (delivery.due_at - timezone.now()).total_seconds() <= seconds
        self.device.refresh_from_db()
        assert (self.device.failures, self.device.last_status) == (0, "502 because")

    def test_a_refused_key_is_logged_for_the_admin_without_the_address_of_the_device(self) -> None:
        with self.assertLogs("notifications", "ERROR") as logged:
            delivery = self.answered(403)
        assert delivery.state == State.FAILED
        (line,) = logged.output
        assert "site.example refuses this server: 403 because" in line
        assert "/push" not in line
        self.device.refresh_from_db()
        assert (self.device.failures, self.device.last_status) == (1, "403 because")

    def test_a_redirect_is_a_failure(self) -> None:
        assert self.answered(307, Location="/elsewhere").state == State.FAILED

    def test_nothing_is_sent_after_many_failures_until_it_is_turned_on_again(self) -> None:
        PushSubscription.objects.update(failures=MAX_FAILURES - 1)
        self.answered(400)
        notify_person(user=self.ben, title="more")
        assert Delivery.objects.count() == 1
        self.turn_on(self.ben)
        notify_person(user=self.ben, title="more")
        assert len(self.prepared()) == 1

    def test_a_success_forgets_earlier_failures(self) -> None:
        PushSubscription.objects.update(failures=3)
        self.answered(201)
        self.device.refresh_from_db()
        assert (self.device.failures, self.device.last_status) == (0, "201")

    def test_a_test_says_how_it_went(self) -> None:
        with website({"/push": Answer(status=201)}) as site, mock.patch.object(push_sending, "RULES", site.rules()):
            self.device.endpoint = site.url("/push")
            assert push_test(device=self.device, user=self.ben) == (
                "Sent to Firefox on Android. It should show up there in a moment."
            )
            site.pages["/push"] = Answer(b"why", status=400)
            assert push_test(device=self.device, user=self.ben).endswith("can't be reached now: 400 why.")
            site.pages["/push"] = Answer(status=410)
            assert push_test(device=self.device, user=self.ben).endswith("so it was removed.")
        assert not PushSubscription.objects.exists()


class Claimed(TogetherCase):
    """Several deliveries to one device, which a server process claims together."""

    def sent(self, status: int) -> tuple[int, list[str]]:
        """Send five notifications to a push service that answers like this; return how many it got, and the states."""
        ben = User.objects.create_user("ben")
        push_turn_on(user=ben, cookie="biscuit", user_agent=FIREFOX, **Browser().subscription)
        for number in range(5):
            notify_person(user=ben, title=str(number))
        with (
            website({"/push": Answer(status=status)}) as site,
            mock.patch.object(push_sending, "RULES", site.rules()),
            mock.patch.object(deliveries, "in_database", database),
            mock.patch.dict(deliveries.channels, {"push": push_channel}, clear=True),
        ):
            PushSubscription.objects.update(endpoint=site.url("/push"))
            asyncio.run(work_off())
            return len(site.paths), sorted(Delivery.objects.values_list("state", flat=True))

    def test_a_device_that_is_gone_gets_one_try(self) -> None:
        assert self.sent(410) == (1, ["dropped"] * 4 + ["failed"])
        assert set(Delivery.objects.filter(state=State.DROPPED).values_list("attempts", "last_status")) == {
            (1, "the device was removed")
        }

    def test_a_device_that_is_there_gets_all(self) -> None:
        assert self.sent(201) == (5, ["sent"] * 5)


async def work_off() -> None:
    """Send what is due, as a server process does, until nothing is."""
    while await database(Delivery.objects.filter(state=State.WAITING).exists):
        await deliveries.deliveries_run()
        if running := deliveries._running["push"]:
            await asyncio.wait(running)


class Leaving(PushCase):
    """The cookie is `biscuit` in the browser where Ben turned on notifications."""

    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.ben)
        self.client.cookies["push-device"] = "biscuit"

    def test_signing_out_drops_that_device(self) -> None:
        other = self.turn_on(self.ben, "another")
        self.client.post(reverse("logout"))
        assert list(PushSubscription.objects.all()) == [other]

    def test_signing_in_as_somebody_else_drops_the_device_of_the_former_user(self) -> None:
        self.client.session.flush()  # it ended without signing out
        self.client.post(reverse("login"), {"username": "ben", "password": PASSWORD})
        assert PushSubscription.objects.exists()
        self.client.session.flush()
        self.client.cookies.pop(settings.SESSION_COOKIE_NAME)
        self.client.post(reverse("login"), {"username": "ann", "password": PASSWORD})
        assert not PushSubscription.objects.exists()

    def test_a_browser_has_one_user(self) -> None:
        self.turn_on(self.ann)
        assert PushSubscription.objects.get().user == self.ann

    def test_a_new_password_keeps_only_the_browser_where_it_was_changed(self) -> None:
        self.turn_on(self.ben, "another")
        word = "a-better-password"
        form = {"old_password": PASSWORD, "new_password1": word, "new_password2": word}
        assert self.client.post(reverse("password_change"), form).status_code == 302
        assert list(PushSubscription.objects.all()) == [self.device]
        notify_person(user=self.ben, title="news")
        assert len(self.prepared()) == 1

    def test_a_password_that_was_reset_drops_all_devices(self) -> None:
        notify_person(user=self.ben, title="news")
        self.ben.set_password("another-password")
        self.ben.save()
        assert self.prepared() == []
        assert Delivery.objects.get().last_status == "the device was signed out by a new password"
        assert not PushSubscription.objects.exists()

    def test_a_removed_device_gets_nothing_that_waits(self) -> None:
        notify_person(user=self.ben, title="news")
        self.client.post(reverse("device_remove", args=[self.device.pk]))
        assert self.prepared() == []
        assert Delivery.objects.get().last_status == "the device was removed"

    def test_a_browser_with_a_new_address_is_reached_there(self) -> None:
        new = Browser()
        for cookie, status in (("other", 404), ("biscuit", 204)):
            self.client.cookies["push-device"] = cookie
            answer = self.client.post(reverse("device_renew"), new.subscription, content_type="application/json")
            assert answer.status_code == status
        self.device.refresh_from_db()
        assert self.device.endpoint == new.endpoint
        bodies: list[Any] = [{}, [], {**new.subscription, "auth": 5}, {**new.subscription, "endpoint": "http://here/"}]
        for wrong in bodies:
            answer = self.client.post(reverse("device_renew"), wrong, content_type="application/json")
            assert answer.status_code == 400

    def test_an_address_that_moves_to_another_browser_leaves_the_first(self) -> None:
        browser = Browser()
        self.turn_on(self.ben, "another", browser)
        assert push_renew(cookie="biscuit", **browser.subscription)
        assert PushSubscription.objects.get().pk == self.device.pk


class Keys(TogetherCase):
    def test_all_servers_have_the_key_that_was_made_first(self) -> None:
        keys = self.together(*[push_private_key] * 4)
        assert len({*keys}) == 1
        assert PushKey.objects.get().private_key == keys[0]
