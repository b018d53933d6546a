"""Who hears of messages that mention nobody."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from rooms import signals
from rooms.models import Membership, Message, Room, User
from rooms.services import room_news
from rooms.services.blocks import user_block
from rooms.services.direct_rooms import direct_room_hide, direct_room_open
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.services.read_marks import read_mark_move
from rooms.services.room_news import room_listen, room_news_decide
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.concurrency import TogetherCase

EVERYTHING = Membership.Level.EVERYTHING


class Heard:
    """Collects what the signal says."""

    def __init__(self, case: Any) -> None:
        self.all: list[tuple[str, int]] = []
        signals.messages_unread.connect(self.receive)
        case.addCleanup(signals.messages_unread.disconnect, self.receive)

    def receive(self, news: list[signals.RoomNews], **_: Any) -> None:
        names = dict(User.objects.values_list("pk", "username"))
        self.all += [(names[one.user_id], one.seq) for one in news]


class Deciding(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.direct, _ = direct_room_open(by=self.ann, people=[self.ben])
        self.heard = Heard(self)

    def set_level(self, user: User, level: str, room: Room | None = None) -> None:
        Membership.objects.filter(room=room or self.tea, user=user).update(level=level)
        if level == EVERYTHING:
            room_listen(room or self.tea)

    def post(self, room: Room | None = None, by: User | None = None, content: str = "x") -> int:
        return message_post(by=by or self.ann, room=room or self.tea, content=content).message.seq

    def decide(self) -> list[tuple[str, int]]:
        """Let the grace pass, decide, and return who heard of what."""
        before = len(self.heard.all)
        long_ago = timezone.now() - room_news.GRACE
        Room.objects.filter(news_at__isnull=False).update(news_at=long_ago)
        Message.objects.update(created_at=long_ago)
        room_news_decide()
        assert not Room.objects.filter(news_at__isnull=False).exists()
        return sorted(self.heard.all[before:])

    def test_members_of_a_direct_room_hear_of_every_message_of_others(self) -> None:
        self.post(self.direct)
        assert self.decide() == [("ben", 1)]
        assert self.decide() == []
        self.post(self.direct)
        self.post(self.direct, by=self.ben)
        assert self.decide() == [("ann", 3), ("ben", 2)]
        self.post(self.direct, content="@ben")
        assert self.decide() == []

    def test_in_other_rooms_only_whose_level_is_everything(self) -> None:
        self.post()
        assert self.decide() == []
        self.set_level(self.ben, EVERYTHING)
        self.post(content="@ben")
        assert self.decide() == []  # nothing of what was written before
        seq = self.post()
        assert self.decide() == [("ben", seq)]
        self.set_level(self.ben, "mentions")
        self.post()
        assert self.decide() == []
        assert not Room.objects.get(pk=self.tea.pk).listened  # so that posting has nothing more to do here
        self.set_level(self.ben, "nothing", self.direct)
        self.post(self.direct)
        assert self.decide() == []
        assert Room.objects.get(pk=self.direct.pk).listened

    def test_not_of_what_they_have_read(self) -> None:
        for _ in range(3):
            self.post(self.direct)
        read_mark_move(user=self.ben, room=self.direct, seq=3)
        self.post(self.direct, by=self.ben)
        assert self.decide() == [("ann", 4)]

    def test_not_of_deleted_messages(self) -> None:
        self.post(self.direct)
        message_delete(by=self.ann, room=self.direct, seq=self.post(self.direct))
        assert self.decide() == [("ben", 1)]

    def test_not_of_messages_that_mention_them_which_they_are_notified_of(self) -> None:
        self.post(self.direct)
        self.post(self.direct, content="@ben")
        assert self.decide() == [("ben", 1)]

    def test_not_of_messages_of_people_whom_they_have_blocked(self) -> None:
        self.set_level(self.ben, EVERYTHING)
        user_block(by=self.ben, user=self.ann)
        self.post()
        assert self.decide() == []

    def test_not_in_a_room_that_they_have_left(self) -> None:
        direct_room_hide(user=self.ben, room=self.direct, until_reopened=True)
        self.post(self.direct)
        assert self.decide() == []

    def test_not_of_messages_that_are_younger_than_the_grace(self) -> None:
        self.post(self.direct)
        room_news_decide()
        assert self.heard.all == []
        Message.objects.update(created_at=timezone.now() - room_news.GRACE)
        Room.objects.filter(pk=self.direct.pk).update(news_at=timezone.now() - room_news.GRACE)
        self.post(self.direct)
        room_news_decide()
        assert self.heard.all == [("ben", 1)]
        assert self.decide() == [("ben", 2)]

    def test_messages_of_other_rooms_are_not_marked(self) -> None:
        self.post()
        assert Room.objects.get(pk=self.tea.pk).news_at is None


class Together(TogetherCase):
    def test_each_message_is_decided_once(self) -> None:
        heard = Heard(self)
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        direct, _ = direct_room_open(by=ann, people=[ben])
        for _ in range(5):
            message_post(by=ann, room=direct, content="x")
            long_ago = timezone.now() - room_news.GRACE
            Room.objects.filter(news_at__isnull=False).update(news_at=long_ago)
            Message.objects.update(created_at=long_ago)
            self.together(*[room_news_decide] * 4)
        room_news_decide()
        assert heard.all == [("ben", seq) for seq in range(1, 6)]
