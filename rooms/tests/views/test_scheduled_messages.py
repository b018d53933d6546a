"""The pages of scheduled messages, without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from rooms.models import Room, ScheduledMessage, User
from rooms.services.posting import message_post
from rooms.services.rooms import room_close
from rooms.services.saved_messages import reminder_set
from rooms.services.scheduled_messages import message_schedule
from rooms.tests.support.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheduled(alice: User, den: Room) -> ScheduledMessage:
    send_at = (timezone.now() + timedelta(days=1)).isoformat()
    return message_schedule(by=alice, room=den, content="milk", send_at=send_at)


def test_an_empty_message_is_reported_at_its_field(alice: User, scheduled: ScheduledMessage) -> None:
    for content in ("  ", "&nbsp;", "\u200b"):
        fields = {"content": content, "send_at": f"{timezone.now().year + 1}-05-01T09:00"}
        answer = signed_in(alice).post(f"/scheduled/{scheduled.pk}/", fields)
        assert answer.status_code == 400
        page = answer.content.decode()
        assert re.search(r'id="id_content_error">(This field is required|A message can&#x27;t be empty)\.<', page)
        assert "notice-error" not in page


def test_a_new_time_is_refused_while_the_room_is_archived(alice: User, den: Room, scheduled: ScheduledMessage) -> None:
    room_close(by=alice, room=den)
    fields = {"content": "oat milk", "send_at": f"{timezone.now().year + 1}-05-01T09:00"}
    answer = signed_in(alice).post(f"/scheduled/{scheduled.pk}/", fields)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "This room is archived (read-only)." in page
    assert "oat milk" in page  # the input is kept
    assert ScheduledMessage.objects.get().content == "milk"


def test_times_are_written_in_one_way(alice: User, den: Room, scheduled: ScheduledMessage) -> None:
    moment = datetime(timezone.now().year + 1, 5, 1, 9, 5, tzinfo=UTC)
    ScheduledMessage.objects.update(send_at=moment)
    client = signed_in(alice)
    assert re.search(r"1 May \d+, 09:05\s+UTC", client.get("/scheduled/").content.decode())
    message = message_post(by=alice, room=den, content="remember").message
    reminder_set(by=alice, room=den, seq=message.seq, remind_at=moment.isoformat())
    assert re.search(r"1 May \d+, 09:05\s+UTC", client.get("/saved/").content.decode())
