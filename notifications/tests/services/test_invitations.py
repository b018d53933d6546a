"""Notifications of invitations."""

from notifications.models import Notification
from notifications.tests.support import NotificationCase
from rooms.services.invitations import invitation_create


class Invitations(NotificationCase):
    def test_only_the_invited_user_is_notified_with_a_payload_for_programs(self) -> None:
        invitation_create(by=self.mo, room=self.tea, user=self.zed)
        assert self.personal_titles(self.zed) == ["mo invited you to Tea"]
        notification = Notification.objects.get()
        assert notification.payload == {
            "kind": "invitation",
            "room_name": "tea",
            "room_title": "Tea",
            "user_name": "mo",
            "display_name": "mo",
        }
        assert notification.author == self.mo
