"""Users without access to a room get the same answers as for one that does not exist."""

from typing import Any

from django.urls import resolve

from rooms.models import Membership, Message, Reaction, Room, User
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_ban, member_leave, member_remove
from rooms.services.messages import message_edit
from rooms.services.posting import message_post
from rooms.services.reactions import reaction_add
from rooms.tests.support.api_case import ApiCase
from rooms.tests.test_rate_limits import patterns

# Method, path under the room, body: every operation on a room.
OPERATIONS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PATCH", "", {"title": "Mine"}),
    ("PATCH", "", {"title": 5}),
    ("DELETE", "", None),
    ("PUT", "", {}),
    ("OPTIONS", "", None),
    ("GET", "messages/", None),
    ("GET", "messages/?before=2", None),
    ("GET", "messages/?after=0", None),
    ("GET", "messages/?since=0", None),
    ("GET", "messages/?since=x", None),
    ("GET", "messages/?around=1", None),
    ("POST", "messages/", {"content": "hello"}),
    ("POST", "messages/", {"content": "hello", "client_id": "c1"}),
    ("POST", "messages/", {"content": "hello", "reply_to": 1}),
    ("POST", "messages/", {}),
    ("GET", "messages/1/", None),
    ("PATCH", "messages/1/", {"content": "other"}),
    ("DELETE", "messages/1/", None),
    ("GET", "messages/1/reactions/", None),
    ("POST", "messages/1/reactions/", {"emoji": "👍"}),
    ("POST", "messages/1/reactions/", {"emoji": "no"}),
    ("DELETE", "messages/1/reactions/👍/", None),
    ("GET", "messages/1/revisions/", None),
    ("GET", "read/", None),
    ("PUT", "read/", {"seq": 1}),
    ("PUT", "read/", {}),
    ("GET", "members/", None),
    ("POST", "members/", {}),
    ("POST", "members/", {"user_name": "ann"}),
    ("POST", "members/", {"user_name": "nobody"}),
    ("PATCH", "members/ann/", {"role": "owner"}),
    ("DELETE", "members/ann/", None),
    ("DELETE", "members/zed/", None),
    ("DELETE", "members/nobody/", None),
    ("DELETE", "members/ann/?ban=true", None),
    ("GET", "bans/", None),
    ("DELETE", "bans/ben/", None),
    ("GET", "invitations/", None),
    ("POST", "invitations/", {"user_name": "zed"}),
    ("POST", "invitations/", {"user_name": "nobody"}),
    ("POST", "invitations/", {}),
    ("DELETE", "invitations/zed/", None),
    ("GET", "online/", None),
    ("GET", "connections/", None),
    ("DELETE", "connections/abc/", None),
    ("GET", "messages/mine/", None),
    ("PUT", "messages/1/pin/", None),
    ("DELETE", "messages/1/pin/", None),
    ("GET", "pins/", None),
    ("PUT", "messages/1/saved/", {}),
    ("DELETE", "messages/1/saved/", None),
    ("DELETE", "messages/1/attachments/abc/", None),
    ("DELETE", "messages/1/previews/1/", None),
    ("GET", "files/", None),
    ("POST", "uploads/", None),
    ("POST", "hide/", None),
    ("GET", "membership/", None),
    ("PATCH", "membership/", {"level": "nothing"}),
    ("DELETE", "invitations/nobody/", None),
    ("GET", "invite-links/", None),
    ("POST", "invite-links/", {}),
    ("GET", "email-invitations/", None),
    ("POST", "email-invitations/", {"emails": ["zed@example.org"]}),
    ("GET", "scheduled/", None),
    ("GET", "audit/", None),
    ("POST", "messages/1/report/", {"reason": "spam"}),
    ("GET", "mutes/", None),
    ("PUT", "mutes/ann/", {}),
    ("DELETE", "mutes/ann/", None),
    ("POST", "scheduled/", {"content": "later", "send_at": "2100-01-01T00:00:00Z"}),
]


def test_the_operations_have_every_address_of_a_room() -> None:
    known = {resolve(f"/api/rooms/tea/{path.partition('?')[0]}").url_name for _, path, _ in OPERATIONS}
    addresses = {
        str(pattern.name)
        for _, pattern in patterns()
        if str(pattern.pattern).startswith("rooms/<str:name>/") and str(pattern.name).startswith("api_")
    }
    assert addresses - known == set(), "add them to OPERATIONS"


class AccessTests(ApiCase):
    def assert_looks_nonexistent(self, user: User | None, room: str = "tea") -> None:
        for method, path, body in OPERATIONS:
            with self.subTest(method=method, path=path, body=body):
                real = self.request(method, f"rooms/{room}/{path}", body, by=user)
                none = self.request(method, f"rooms/nowhere/{path}", body, by=user)
                self.assert_same_answer(real, none)
                self.assertIn(real.status_code, {400, 401, 404, 405})

    def setUp(self) -> None:
        super().setUp()
        message_post(by=self.ann, room=self.tea, content="a first", client_id="c1")
        message_edit(by=self.ann, room=self.tea, seq=1, content="a secret")
        reaction_add(by=self.ben, room=self.tea, seq=1, emoji="👍")
        self.before = self.state()

    def state(self) -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (Room, Message, Membership, Reaction)]

    def test_for_an_anonymous_person(self) -> None:
        self.assert_looks_nonexistent(None)
        assert self.state() == self.before

    def test_for_a_stranger(self) -> None:
        self.assert_looks_nonexistent(self.zed)
        assert self.state() == self.before

    def test_for_a_removed_member(self) -> None:
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        self.before = self.state()
        self.assert_looks_nonexistent(self.ben)
        assert self.state() == self.before

    def test_for_the_author_of_a_message_who_left(self) -> None:
        member_leave(user=self.ann, room=self.tea)
        self.assert_looks_nonexistent(self.ann)

    def test_for_a_banned_member(self) -> None:
        member_ban(by=self.olga, room=self.tea, user=self.ben)
        self.assert_looks_nonexistent(self.ben)

    def test_for_somebody_banned_from_an_open_room(self) -> None:
        member_ban(by=self.olga, room=self.square, user=self.zed)
        self.assert_looks_nonexistent(self.zed, "square")
        assert "square" not in str(self.ok("GET", "rooms/", by=self.zed))

    def test_an_admin_can_not_read_private_rooms_over_the_api(self) -> None:
        self.zed.is_staff = self.zed.is_superuser = True
        self.zed.save()
        self.assert_looks_nonexistent(self.zed)

    def test_a_deactivated_member_is_not_authenticated(self) -> None:
        self.ann.is_active = False
        self.ann.save()
        self.assert_looks_nonexistent(self.ann)
        self.refused(401, "not_authenticated", "GET", "rooms/tea/", by=self.ann)

    def test_for_everybody_outside_a_direct_room(self) -> None:
        room, _ = direct_room_open(by=self.ann, people=[self.ben])
        self.zed.is_staff = True
        self.zed.save()
        for user in (None, self.olga, self.zed):
            self.assert_looks_nonexistent(user, room.name)

    def test_the_list_does_not_reveal_private_rooms(self) -> None:
        assert "tea" not in str(self.ok("GET", "rooms/?kind=private", by=self.zed))
