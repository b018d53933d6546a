"""The list of a room's files, and files in the messages of the room page, as the server renders them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms.models import Room, User
from rooms.services.attachments import attachment_delete
from rooms.services.posting import message_post
from rooms.tests.support.images import image
from rooms.tests.support.uploading import uploaded

pytestmark = pytest.mark.django_db
HOSTILE = '"><img src=x onerror=alert(1)>.txt'


def page(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def post(by: User, room: Room, *files: tuple[str, bytes], content: str = "") -> int:
    ids = [uploaded(by, room, data, name).public_id for name, data in files]
    return message_post(by=by, room=room, content=content, attachment_ids=ids).message.seq


def test_only_readers_of_a_room_see_its_files(alice: User, den: Room) -> None:
    post(alice, den, ("secret.txt", b"words"))
    assert "secret.txt" in page(alice, "/rooms/den/files/")
    outsider = Client()
    assert outsider.get("/rooms/den/files/").status_code == 302
    outsider.force_login(User.objects.create_user("bob"))
    answers = [outsider.get(path) for path in ("/rooms/den/files/", "/rooms/no-such-room/files/")]
    assert [each.status_code for each in answers] == [404, 404]


def test_the_list_leaves_out_what_was_not_sent_and_what_was_deleted(alice: User, den: Room) -> None:
    uploaded(alice, den, b"words", "draft.txt")
    seq = post(alice, den, ("kept.txt", b"one"), ("deleted.txt", b"two"))
    deleted = den.attachments.get(name="deleted.txt").public_id
    attachment_delete(by=alice, room=den, seq=seq, attachment_id=deleted)
    shown = page(alice, "/rooms/den/files/")
    assert "kept.txt" in shown
    assert "draft.txt" not in shown
    assert "deleted.txt" not in shown


def test_the_list_takes_a_constant_number_of_queries(alice: User, den: Room) -> None:
    post(alice, den, ("1.txt", b"1"))
    page(alice, "/rooms/den/files/")
    with CaptureQueriesContext(connection) as few:
        page(alice, "/rooms/den/files/")
    for number in range(5):
        post(alice, den, (f"{number}.txt", b"1"), (f"{number}.png", image()))
    with CaptureQueriesContext(connection) as many:
        page(alice, "/rooms/den/files/")
    assert len(many) == len(few)


def test_names_of_files_are_escaped(alice: User, den: Room) -> None:
    post(alice, den, (HOSTILE, b"words"), (HOSTILE.replace(".txt", ".png"), image()))
    for path in ("/rooms/den/", "/rooms/den/files/"):
        shown = page(alice, path)
        assert "onerror=alert(1)&gt;" in shown
        assert "<img src=x" not in shown


def test_a_picture_reserves_its_place_and_is_never_enlarged(alice: User, den: Room) -> None:
    post(alice, den, ("wide.png", image(size=(1000, 333))), ("tiny.png", image(size=(20, 10))))
    shown = page(alice, "/rooms/den/")
    assert 'viewBox="0 0 400 133"' in shown
    assert 'viewBox="0 0 20 10"' in shown
