"""The demo installation."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from pytest_django import Settings

from chatproject.management.commands.serve import check_no_demo
from notifications.models import Notification, Task, Topic
from rooms.models import Membership, Message, Room, User
from rooms.selectors.messages import recent_messages
from rooms.selectors.rooms import readable_rooms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_this_machine(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]


def demo() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def test_demo_users_can_sign_in_and_alice_is_an_admin() -> None:
    assert "demo-password" in demo()
    for name in ("alice", "bob", "carol", "dave"):
        user = authenticate(username=name, password="demo-password")
        assert isinstance(user, User)
        assert user.is_superuser is (name == "alice")


def test_demo_authors_have_read_the_messages_before_their_own() -> None:
    demo()
    for member in Membership.objects.all():
        own = Message.objects.filter(room=member.room_id, author=member.user_id).order_by("seq").last()
        assert own is None or member.read_seq == own.seq


def test_the_demo_has_rooms_of_each_kind_with_messages() -> None:
    demo()
    assert set(Room.objects.values_list("kind", flat=True)) == {"open", "private", "direct"}
    for room in Room.objects.all():
        assert recent_messages(room)
    assert not readable_rooms(User.objects.get(username="dave")).exclude(kind="open").exists()


def test_the_demo_has_tasks_and_an_announcement() -> None:
    demo()
    assert list(Task.objects.order_by("pk").values_list("room__name", "assignee__username")) == [
        ("lobby", "dave"),
        ("engineering", None),
    ]
    assert Notification.objects.filter(topic__name="announcements", author__username="alice").exists()


def test_running_the_demo_again_adds_nothing() -> None:
    def everything() -> list[list[object]]:
        models = (User, Room, Membership, Message, Task, Topic, Notification)
        return [list(model.objects.order_by("pk").values()) for model in models]

    demo()
    before = everything()
    demo()
    assert everything() == before


def test_an_interrupted_demo_is_completed_by_the_next_run() -> None:
    demo()
    lobby = Room.objects.get(name="lobby")
    count = lobby.last_seq
    Message.objects.filter(room=lobby, seq__gt=3).delete()
    Room.objects.filter(pk=lobby.pk).update(last_seq=3)
    demo()
    assert Message.objects.filter(room=lobby).count() == count


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "unix"])
def test_demo_accounts_are_not_served_to_strangers(host: str) -> None:
    demo()
    check_no_demo("127.0.0.1")
    with pytest.raises(CommandError, match=r"alice, bob, carol, dave\. .* changepassword alice"):
        check_no_demo(host)
    User.objects.filter(username="alice").update(username="somebody-else")
    with pytest.raises(CommandError, match=r"somebody-else"):
        check_no_demo(host)
    for user in User.objects.all():
        user.set_password("another, which nobody knows")
        user.save()
    check_no_demo(host)


def test_serving_demo_accounts_behind_a_proxy_prints_a_warning(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    demo()
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    check_no_demo("127.0.0.1")
    assert "changepassword alice" in caplog.text


def test_the_demo_is_refused_where_strangers_have_access(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.org", "localhost"]
    with pytest.raises(CommandError, match=r"chat\.example\.org"):
        demo()
    assert not User.objects.exists()
