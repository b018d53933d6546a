"""Names with markup, in all sentences of pages in which names stand."""

import pytest

from rooms.models import Membership, User
from rooms.selectors.invite_links import invite_token
from rooms.services.blocks import user_block
from rooms.services.direct_rooms import direct_room_open
from rooms.services.invitations import invitation_create
from rooms.services.invite_links import invite_link_create
from rooms.services.members import member_add, member_ban
from rooms.services.pins import message_pin
from rooms.services.posting import message_post
from rooms.services.profile import profile_update
from rooms.services.rooms import room_create
from rooms.services.saved_messages import message_save
from rooms.tests.support.pages import person, signed_in

pytestmark = pytest.mark.django_db
# The spaces are in no random token.
NAME, TITLE = "<b>X q\"'</b>", "<i>Y q\"'</i>"
HOSTILE = ("<b>X q", "<i>Y q", 'X q"', 'Y q"')


def test_names_and_titles_are_escaped_wherever_they_stand(alice: User, bob: User) -> None:
    carol = person("carol")
    for user in (alice, bob, carol):
        profile_update(user=user, display_name=NAME)
    den = room_create(by=alice, name="den", title=TITLE, kind="private")
    hall = room_create(by=alice, name="hall", title=TITLE, kind="open")
    guests = room_create(by=alice, name="guests", title=TITLE, kind="private")
    member_add(by=alice, room=den, user=bob, role=Membership.Role.MODERATOR)
    invitation_create(by=alice, room=guests, user=bob)
    seq = message_post(by=alice, room=den, content="tea").message.seq
    message_pin(by=alice, room=den, seq=seq)
    message_save(by=bob, room=den, seq=seq)
    member_ban(by=alice, room=den, user=carol)
    user_block(by=alice, user=carol)
    talk = direct_room_open(by=alice, people=[bob])[0]
    token = invite_token(invite_link_create(by=alice, room=den))
    mine, his = signed_in(alice), signed_in(bob)
    assert mine.post("/accounts/tokens/", {"name": NAME, "lasts": "30"}).status_code == 200
    for assignee in ("", "alice", "bob"):
        mine.post("/tasks/", {"title": TITLE, "assignee": assignee, "room": "den"})

    pages = ["/", "/rooms/den/", f"/rooms/{talk.name}/", "/rooms/den/settings/", "/rooms/den/invite-links/"]
    pages += ["/rooms/den/pins/", "/rooms/den/notifications/", "/rooms/den/files/", "/rooms/hall/", "/people/bob/"]
    pages += ["/saved/", "/tasks/", "/tasks/?show=all", "/accounts/profile/", "/accounts/tokens/", "/notifications/"]
    pages += ["/search/?q=tea", f"/invite/{token}/", f"/rooms/den/messages/{seq}/", "/people/bob/card/?room_name=den"]
    shown = 0
    for client in (mine, his):
        for path in pages:
            page = client.get(path).content.decode()
            shown += "&lt;b&gt;X q" in page
            assert not [text for text in HOSTILE if text in page], path
    assert shown > len(pages)
    assert hall.title == TITLE
