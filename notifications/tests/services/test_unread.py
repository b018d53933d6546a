"""Which notifications are unread, and what marks them as read."""

from notifications.models import Notification
from notifications.selectors.topics import MAX_UNREAD, unread_count, unread_counts
from notifications.services.posting import notify_person
from notifications.services.unread import notification_read, notifications_read_up_to
from notifications.tests.support import NotificationCase
from rooms.models import Message, User
from rooms.services.invitations import invitation_create
from rooms.services.mention_notices import mentions_notify
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.services.read_marks import read_mark_move
from rooms.services.reminders import reminders_send
from rooms.services.saved_messages import reminder_set


class Unread(NotificationCase):
    def mention_ben(self) -> int:
        """Mention Ben in a message of his room, notify him, and return the message's seq."""
        seq = message_post(by=self.ann, room=self.tea, content="@ben come").message.seq
        Message.objects.filter(room=self.tea, seq=seq).update(created_at="2026-01-01T00:00:00Z")
        mentions_notify()
        return seq

    def unread(self, user: User) -> list[int]:
        rows = Notification.objects.filter(topic__owner=user, unread=True)
        return list(rows.order_by("seq").values_list("seq", flat=True))

    def test_reading_a_message_marks_what_is_about_it_and_the_room_as_read(self) -> None:
        notify_person(user=self.ben, title="about nothing")
        notify_person(user=self.ben, title="about the room", room=self.tea)
        first, second = self.mention_ben(), self.mention_ben()
        assert self.unread(self.ben) == [1, 2, 3, 4]
        assert unread_counts([self.ben.pk, self.ann.pk]) == {self.ben.pk: 4}
        read_mark_move(user=self.ann, room=self.tea, seq=second)
        assert self.unread(self.ben) == [1, 2, 3, 4]
        read_mark_move(user=self.ben, room=self.tea, seq=first)
        assert self.unread(self.ben) == [1, 4]
        read_mark_move(user=self.ben, room=self.tea, seq=second)
        assert self.unread(self.ben) == [1]

    def test_tasks_stay_unread_when_their_room_is_read(self) -> None:
        message_post(by=self.ann, room=self.tea, content="hello")
        task = {"title": "Kettle", "room_name": "tea", "assignee": "ben"}
        self.ok("POST", "tasks/", task, by=self.ann, status=201)
        read_mark_move(user=self.ben, room=self.tea, seq=1)
        assert len(self.unread(self.ben)) == 2

    def test_one_is_read_by_itself_or_all_up_to_one_and_only_by_their_owner(self) -> None:
        for number in range(4):
            notify_person(user=self.ben, title=f"{number}")
        notification_read(by=self.ben, seq=3)
        notifications_read_up_to(by=self.ben, seq=2)
        assert self.unread(self.ben) == [4]
        assert self.ok("PUT", "notifications/4/read/", by=self.ben) == {"unread": 0}
        notify_person(user=self.ben, title="more")
        assert self.ok("PUT", "notifications/read/", {"up_to": 99}, by=self.ann) == {"unread": 0}
        self.refused(404, "not_found", "PUT", "notifications/5/read/", by=self.ann)
        self.refused(400, "invalid_field", "PUT", "notifications/read/", {"up_to": "5"}, by=self.ben)
        page = self.ok("GET", "notifications/", by=self.ben)
        assert (page["unread"], [row["unread"] for row in page["notifications"]]) == (1, [False] * 4 + [True])
        assert self.ok("PUT", "notifications/read/", {"up_to": 5}, by=self.ben) == {"unread": 0}

    def test_withdrawn_ones_ones_own_and_reminders_are_not_counted(self) -> None:
        seq = self.mention_ben()
        message_delete(by=self.ann, room=self.tea, seq=seq)
        assert unread_count(self.ben.pk) == 0
        self.refused(404, "not_found", "PUT", "notifications/1/read/", by=self.ben)
        self.ok("POST", "tasks/", {"title": "Mine", "room_name": "tea"}, by=self.ben, status=201)
        assert unread_count(self.ben.pk) == 0
        assert unread_count(self.ann.pk) == 1
        message_post(by=self.ann, room=self.tea, content="later")
        saved = reminder_set(by=self.ben, room=self.tea, seq=2, remind_at="2030-01-01T00:00:00Z")
        type(saved).objects.update(remind_at="2026-01-01T00:00:00Z")
        reminders_send()
        assert self.personal_titles(self.ben)[-1].startswith("Reminder")
        assert unread_count(self.ben.pk) == 0

    def test_at_most_a_hundred_are_counted(self) -> None:
        notify_person(user=self.ben, title="first")
        (first,) = Notification.objects.all()
        Notification.objects.bulk_create(
            Notification(
                topic_id=first.topic_id, seq=seq, version=seq, title="x", created_at=first.created_at, unread=True
            )
            for seq in range(2, MAX_UNREAD + 20)
        )
        assert unread_count(self.ben.pk) == MAX_UNREAD

    def test_the_page_lists_them_and_each_leads_to_its_place(self) -> None:
        self.client.force_login(self.ben)
        assert "No notifications yet." in self.client.get("/notifications/").content.decode()
        invitation_create(by=self.olga, room=self.square, user=self.ben)
        notify_person(user=self.ben, title="<b>News</b>")
        seq = self.mention_ben()
        shown = self.client.get("/notifications/").content.decode()
        assert "&lt;b&gt;News" in shown
        assert shown.index("ann mentioned you in Tea") < shown.index("&lt;b&gt;News") < shown.index("invited you")
        assert shown.count("hit-unread") == 3
        for number, place in ((3, f"/rooms/tea/?message={seq}"), (2, "/notifications/"), (1, "/#invitations")):
            response = self.client.get(f"/notifications/{number}/")
            assert (response.status_code, response["Location"]) == (302, place)
            assert len(self.unread(self.ben)) == number - 1
        assert self.client.get("/notifications/9/").status_code == 404
        notify_person(user=self.ben, title="more")
        self.client.post("/notifications/read/", {"newest": "4"})
        assert self.unread(self.ben) == []
        assert "hit-unread" not in self.client.get("/notifications/").content.decode()
        self.client.force_login(self.ann)
        assert self.client.get("/notifications/1/").status_code == 404
