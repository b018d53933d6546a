"""Pages of a private room give strangers and former members what a room that does not exist gives."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from rooms.models import User
from rooms.services.members import member_add, member_remove
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.tests.support.pages import signed_in
from rooms.tests.test_rate_limits import ARGUMENTS, patterns

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# Every page below `rooms/<name>/`, and the other pages that take a room's name.
PAGES = [
    pattern
    for namespace, pattern in patterns()
    if not namespace and "name" in pattern.pattern.converters and pattern.name != "file"
]


def answers(client: Client, room: str) -> dict[str, tuple[int, str, bytes]]:
    """Return what each page answers to GET and POST, by method and address, without the room's name."""
    found = {}
    for pattern in PAGES:
        arguments = {key: ARGUMENTS[key] for key in pattern.pattern.converters} | {"name": room}
        address = reverse(str(pattern.name), kwargs=arguments)
        for method, response in (("GET", client.get(address)), ("POST", client.post(address, {"user_name": "alice"}))):
            assert isinstance(response, HttpResponse)
            place, content = response.get("Location", ""), response.content.replace(room.encode(), b"ROOM")
            found[f"{method} {address.replace(room, 'ROOM')}"] = (
                response.status_code,
                place.replace(room, "ROOM"),
                content,
            )
    return found


@pytest.mark.parametrize("who", ["a visitor", "a stranger", "a former member"])
def test_no_page_tells_a_private_room_from_one_that_does_not_exist(alice: User, bob: User, who: str) -> None:
    room = room_create(by=alice, name="there", title="Secret title", kind="private")
    message_post(by=alice, room=room, content="secret")
    if who == "a former member":
        member_add(by=alice, room=room, user=bob)
        member_remove(by=alice, room=room, user=bob)
    # A browser each, as what was answered to one request is shown on the next page.
    real, absent = (answers(Client() if who == "a visitor" else signed_in(bob), name) for name in ("there", "never"))
    assert len(real) > 40
    assert [address for address in real if real[address] != absent[address]] == []
    assert {status for status, _, _ in real.values()} <= {302, 404, 405}
