"""The desk of moderators, reporting, and mutes in the settings of a room, without scripts."""

from __future__ import annotations

import re

import pytest

from rooms.models import Ban, Report, Restriction, Room, User
from rooms.selectors.messages import get_message
from rooms.services.blocks import user_block
from rooms.services.members import member_add
from rooms.services.messages import message_edit
from rooms.services.posting import message_post
from rooms.services.reports import message_report, person_report
from rooms.services.restrictions import user_mute
from rooms.services.rooms import room_update
from rooms.tests.support.pages import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(alice: User, bob: User, den: Room) -> User:
    """Carol, who is in Alice's room with Bob, and reads what Bob has written there."""
    carol = person("carol")
    for user in (bob, carol):
        member_add(by=alice, room=den, user=user)
    message_post(by=carol, room=den, content="Before.")
    message_post(by=bob, room=den, content="You <b>idiots</b>.")
    message_post(by=carol, room=den, content="After.")
    return carol


@pytest.fixture
def report(carol: User, den: Room) -> Report:
    return message_report(by=carol, room=den, seq=2, reason="harassment", note="Every day!")[0]


def test_a_message_and_a_person_are_reported_with_a_form(alice: User, carol: User, den: Room) -> None:
    for path, back in (
        ("/rooms/den/messages/2/report/", "/rooms/den/?message=2"),
        ("/people/bob/report/", "/people/bob/"),
    ):
        client = signed_in(carol)
        assert "What is wrong?" in client.get(path).content.decode()
        wrong = client.post(path, {"note": "Every day!"})
        assert wrong.status_code == 400
        assert "Every day!" in wrong.content.decode()  # the input is kept
        answer = client.post(path, {"reason": "spam", "note": "Every day!"})
        assert (answer.status_code, answer["Location"]) == (302, back)
        assert "Reported. A moderator will look at it." in client.get(back).content.decode()
        client.post(path, {"reason": "spam"})
        assert "You have reported this already." in client.get(back).content.decode()
    assert Report.objects.count() == 2
    mine = signed_in(carol).get("/reports/").content.decode()
    assert mine.count("No moderator has looked at it yet.") == 2


def test_the_desk_shows_the_message_then_and_now_and_what_is_around_it(alice: User, bob: User, report: Report) -> None:
    message_edit(by=bob, room=report.room, seq=2, content="You dears.")  # type: ignore[arg-type]
    for path in ("/moderation/", "/rooms/den/moderation/"):
        page = signed_in(alice).get(path).content.decode()
        assert "1 open report" in page
        for text in ("You &lt;b&gt;idiots&lt;/b&gt;.", "You dears.", "Before.", "After.", "Every day!", "carol"):
            assert text in page, text


def test_the_desk_is_for_those_who_moderate(bob: User, carol: User, report: Report) -> None:
    for user in (bob, carol, person("dora")):
        for path in ("/moderation/", "/rooms/den/moderation/"):
            assert signed_in(user).get(path).status_code == 404
        for action in ("act", "undo", "assign"):
            signed_in(user).post(f"/moderation/{report.pk}/{action}/", {"action": "dismissed", "take": "yes"})
    report.refresh_from_db()
    assert (report.state, report.assignee) == ("open", None)


def test_the_desk_does_not_tell_the_reported_owner_who_reported_them(alice: User, carol: User, den: Room) -> None:
    message_post(by=alice, room=den, content="Idiots!")
    message_report(by=carol, room=den, seq=4, reason="spam", note="She shouts.")
    page = signed_in(alice).get("/moderation/").content.decode()
    assert "No open reports" in page
    assert "She shouts." not in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"action": "deleted"}, "Message deleted."),
        ({"action": "muted", "minutes": "60", "reason": "Insults"}, "Person muted."),
        ({"action": "removed"}, "Person removed from the room."),
        ({"action": "banned"}, "Person banned from the room."),
        ({"action": "slowed"}, "Slow mode is on."),
        ({"action": "dismissed"}, "Report dismissed."),
    ],
)
def test_each_action_takes_one_click_and_says_what_was_done(
    alice: User, bob: User, report: Report, fields: dict[str, str], said: str
) -> None:
    client = signed_in(alice)
    answer = client.post(f"/moderation/{report.pk}/act/", {**fields, "next": "/rooms/den/moderation/"})
    assert answer["Location"] == f"/rooms/den/moderation/#report-{report.pk}"
    page = client.get("/rooms/den/moderation/").content.decode()
    assert said in page
    assert "No open reports" in page
    undoable = fields["action"] not in ("deleted", "removed")
    assert ("Undo</button>" in page) == undoable
    assert ("can’t be restored" in page) == (fields["action"] == "deleted")
    if undoable:
        client.post(f"/moderation/{report.pk}/undo/", {"action_id": report.actions.get().pk})
        assert "undone" in client.get("/moderation/").content.decode()
        assert not Restriction.objects.filter(lifted_at=None).exists()
        assert not Ban.objects.exists()


def test_the_desk_returns_to_no_other_site(alice: User, report: Report) -> None:
    answer = signed_in(alice).post(
        f"/moderation/{report.pk}/act/", {"action": "dismissed", "next": "https://evil.example/"}
    )
    assert answer["Location"] == f"/moderation/#report-{report.pk}"


def test_a_report_is_taken(alice: User, report: Report) -> None:
    client = signed_in(alice)
    client.post(f"/moderation/{report.pk}/assign/", {"take": "yes"})
    assert "Taken by" in client.get("/moderation/").content.decode()


def test_people_are_muted_and_unmuted_in_the_settings_of_a_room(alice: User, bob: User, carol: User) -> None:
    client = signed_in(alice)
    client.post("/rooms/den/members/mute/", {"user_name": "bob", "minutes": "60", "reason": "Insults"})
    mute = Restriction.objects.get()
    assert (mute.user, mute.reason) == (bob, "Insults")
    assert 'id="muted-' in client.get("/rooms/den/settings/").content.decode()
    client.post("/rooms/den/members/unmute/", {"user_name": "bob"})
    assert 'id="muted-' not in client.get("/rooms/den/settings/").content.decode()
    signed_in(bob).post("/rooms/den/members/mute/", {"user_name": "carol"})
    assert Restriction.objects.filter(lifted_at=None).count() == 0


def test_slow_mode_is_set_in_the_settings_of_a_room(alice: User, den: Room) -> None:
    room_update(by=alice, room=den, slow_seconds=7)  # by a program
    client = signed_in(alice)
    page = client.get("/rooms/den/settings/").content.decode()
    assert re.search(r'<option value="7" selected>7 seconds</option>', page)
    fields = {"title": "The den", "kind": "private", "pinning": "moderators", "room_mentions": "moderators"}
    client.post("/rooms/den/settings/", {**fields, "slow_seconds": "30"})
    assert Room.objects.get().slow_seconds == 30


def test_a_muted_persons_forms_are_refused_with_the_reason(alice: User, bob: User, carol: User) -> None:
    boss = User.objects.create_superuser("boss", password="x")
    user_mute(by=boss, user=bob, reason="Insults")
    client = signed_in(bob)
    sentence = "You are muted on this server: you can read, but not write. Reason: “Insults”."
    for path, fields in (
        ("/accounts/status/", {"text": "Away"}),
        ("/write/", {"user_names": "boss"}),
        ("/rooms/", {"title": "Mine", "kind": "open"}),
        ("/tasks/", {"title": "Buy tea"}),
        ("/accounts/profile/", {"display_name": "Somebody", "language": "", "time_zone": ""}),
    ):
        answer = client.post(path, fields, follow=True)
        assert sentence in answer.content.decode(), path
    assert bob.display_name == User.objects.get(pk=bob.pk).display_name


def test_the_room_page_knows_of_mutes_slow_mode_and_blocks(alice: User, bob: User, carol: User, den: Room) -> None:
    def data(user: User) -> str:
        page = signed_in(user).get("/rooms/den/").content.decode()
        return page[page.index('id="page"') :]

    assert not re.search(r'"(muted|wait|blocked)":', data(bob).partition("</script>")[0])
    user_mute(by=alice, user=bob, room=den, reason="Insults")
    assert re.search(r'"muted": ?\{"until": ?null, ?"reason": ?"Insults"\}', data(bob))
    message_post(by=carol, room=den, content="x")
    room_update(by=alice, room=den, slow_seconds=60)
    assert re.search(r'"wait": ?59\.', data(carol))
    user_block(by=carol, user=bob)
    assert re.search(rf'"blocked": ?\[{bob.pk}\]', data(carol))


def test_reports_of_people_are_on_the_desk_of_admins(bob: User, carol: User) -> None:
    boss = User.objects.create_superuser("boss", password="x")
    person_report(by=carol, user=bob, reason="spam")
    client = signed_in(boss)
    page = client.get("/moderation/").content.decode()
    assert "Person: <bdi>bob</bdi>" in page
    assert "Ban from room" not in page
    assert re.search(r'id="sidebar-reports-count"\s*>1<', client.get("/").content.decode())
    report = Report.objects.get()
    client.post(f"/moderation/{report.pk}/act/", {"action": "muted", "minutes": ""})
    assert (Restriction.objects.get().room, Restriction.objects.get().until) == (None, None)
    assert get_message(Room.objects.get(), 2).deleted_at is None
