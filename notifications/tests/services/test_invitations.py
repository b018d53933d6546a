"""Being told of an invitation."""

from notifications.models import Notification
from notifications.tests.support import NotificationCase
from rooms.services.invitations import invitation_create


class Invited(NotificationCase):
    def test_the_invited_person_alone_is_told_with_what_a_program_needs(self) -> None:
        invitation_create(by=self.mo, room=self.tea, user=self.zed)
        assert self.told(self.zed) == ["mo invites you to Tea"]
        notification = Notification.objects.get()
        assert notification.payload == {"kind": "invitation", "room_name": "tea"}
        assert notification.author == self.mo
