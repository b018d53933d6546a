"""The base class of API tests: users, and requests with their tokens."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.test import TestCase
from rest_framework_simplejwt.tokens import AccessToken

from rooms.models import Room, User
from rooms.people import guess_throttle
from rooms.serializers.messages import PostedMessageSchema
from rooms.services.members import member_add
from rooms.services.posting import message_post
from rooms.services.rooms import room_create

PASSWORD = "a-good-password"


class ApiCase(TestCase):
    """Olga owns the private room `tea`, Mo moderates it, Ann and Ben are members, Zed is not a member."""

    olga: User
    mo: User
    ann: User
    ben: User
    zed: User
    tea: Room
    square: Room

    @classmethod
    def setUpTestData(cls) -> None:
        cls.olga, cls.mo, cls.ann, cls.ben, cls.zed = (
            User.objects.create_user(name, password=PASSWORD) for name in ("olga", "mo", "ann", "ben", "zed")
        )
        cls.tea = room_create(by=cls.olga, name="tea", title="Tea", kind="private")
        member_add(by=cls.olga, room=cls.tea, user=cls.mo, role="moderator")
        for user in (cls.ann, cls.ben):
            member_add(by=cls.olga, room=cls.tea, user=user)
        cls.square = room_create(by=cls.olga, name="square")

    def setUp(self) -> None:
        cache.clear()
        guess_throttle._local_cache.clear()

    def token(self, user: User) -> dict[str, str]:
        """Return the authorization header of a user."""
        return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}

    def request(self, method: str, path: str, body: Any = None, by: User | None = None, **headers: str) -> Any:
        """Send a request with a JSON body and return the response. It is anonymous if `by` is None."""
        if by is not None:
            headers |= self.token(by)
        data = {} if body is None else {"data": body, "content_type": "application/json"}
        send = getattr(self.client, method.lower())
        return send(f"/api/{path}", headers=headers, **data)

    def ok(self, method: str, path: str, body: Any = None, by: User | None = None, status: int = 200) -> Any:
        """Send a request, check its status and return its data."""
        response = self.request(method, path, body, by)
        self.assertEqual(response.status_code, status, response.content)
        body = response.json() if response.content else None
        self.assert_messages_are_described(body)
        return body

    def assert_messages_are_described(self, body: Any) -> None:
        """Check that a message, or the messages of a page, have only fields that the schema describes."""
        if isinstance(body, dict):
            for message in [body, *body.get("messages", [])]:
                if "html" in message:
                    self.assertLessEqual(message.keys(), PostedMessageSchema().fields.keys())

    def refused(self, status: int, code: str, method: str, path: str, body: Any = None, by: User | None = None) -> Any:
        """Send a request that must be rejected like this, and return the problem body."""
        return self.assert_problem(self.request(method, path, body, by), status, code)

    def assert_problem(self, response: Any, status: int, code: str) -> Any:
        """Check that a response is an RFC 9457 problem, and return its body."""
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        problem = response.json()
        self.assertEqual((problem["type"], problem["status"], problem["code"]), ("about:blank", status, code))
        self.assertTrue(problem["title"])
        self.assertTrue(problem["detail"].endswith("."), problem["detail"])
        return problem

    def assert_same_answer(self, one: Any, other: Any) -> None:
        """Check that two responses are equal except for their request ids."""
        self.assertEqual(one.status_code, other.status_code)
        first, second = dict(one.items()), dict(other.items())
        self.assertNotEqual(first.pop("X-Request-ID"), second.pop("X-Request-ID"))
        self.assertEqual(first, second)
        self.assertEqual(one.content, other.content)

    def say(self, *contents: str, by: User | None = None, room: Room | None = None) -> None:
        """Post these messages."""
        for content in contents:
            message_post(by=by or self.ann, room=room or self.tea, content=content)
