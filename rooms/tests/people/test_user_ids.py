"""Users are identified on the wire by an id that stays the same when names change."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import apps
from django.test import Client

from rooms.models import Mention, Message, Room, User
from rooms.selectors.messages import get_message
from rooms.services.messages import message_edit
from rooms.services.posting import NewMessage, Posted, message_post, messages_post
from rooms.services.profile import profile_update
from rooms.services.reactions import reaction_add
from rooms.services.rooms import room_update
from rooms.tests.support.api_case import PASSWORD, ApiCase
from rooms.wire import message_wire


class Identity(ApiCase):
    def rename(self, user: User, name: str) -> None:
        """Rename a user like the admin does."""
        staff = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("root")
        self.client.force_login(staff)
        page = f"/admin/rooms/user/{user.pk}/change/"
        form = {"username": name, "display_name": user.display_name, "is_active": "on"}
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post(page, form)
        assert response.status_code == 302, response.content
        user.refresh_from_db()

    def said(self, by: User, content: str, **more: Any) -> Message:
        return message_post(by=by, room=self.tea, content=content, **more).message

    def wire(self, seq: int) -> dict[str, Any]:
        return message_wire(get_message(self.tea, seq))

    def page(self, user: User) -> str:
        reader = Client()
        reader.force_login(user)
        return reader.get("/rooms/tea/").content.decode()

    def test_everything_sent_about_a_user_has_their_user_id(self) -> None:
        self.said(self.ann, "@ben, look")
        self.said(self.ben, "yes", reply_to=1)
        reaction_add(by=self.ben, room=self.tea, seq=1, emoji="👍")
        first, second = self.wire(1), self.wire(2)
        assert (first["user_id"], second["reply_to"]["user_id"]) == (self.ann.pk, self.ann.pk)
        assert first["reactions"][0]["people"] == [
            {"user_id": self.ben.pk, "user_name": "ben", "display_name": self.ben.shown_name}
        ]
        assert f'data-user="ben" data-user-id="{self.ben.pk}">@ben</span>' in first["html"]
        assert self.ok("GET", "me/", by=self.ann)["user_id"] == self.ann.pk
        for path in ("people/", "rooms/tea/members/"):
            people = self.ok("GET", path, by=self.ann)["results"]
            assert {"ann": self.ann.pk, "ben": self.ben.pk}.items() <= {
                one["user_name"]: one["user_id"] for one in people
            }.items()

    def test_a_guest_has_no_user_id(self) -> None:
        room_update(by=self.olga, room=self.square, guests="write")
        new = NewMessage(self.square.pk, None, "hello", guest_name="visitor")
        posted = messages_post([new])[0]
        assert isinstance(posted, Posted)
        assert message_wire(posted.message)["user_id"] is None

    def test_renaming_an_account_changes_its_messages_and_mentions_without_a_new_version(self) -> None:
        self.said(self.ben, "@ann and @olga, look: `@ann`")
        self.said(self.ann, "I, @ann")
        version = Room.objects.get(pk=self.tea.pk).version
        self.rename(self.ann, "anna")
        first, second = self.wire(1), self.wire(2)
        mention = f'<span class="mention" data-user="anna" data-user-id="{self.ann.pk}">@anna</span>'
        assert first["html"].startswith(f"<p>{mention} and <span")
        assert "@olga</span>, look: <code>@ann</code>" in first["html"]
        assert (second["user_name"], mention in second["html"]) == ("anna", True)
        assert Room.objects.get(pk=self.tea.pk).version == version
        page = self.page(self.ann)
        assert page.count('class="mention mention-me"') == 2
        assert 'id="message-1"' in page.split("message-mention")[1]
        assert page.count("message-own") == 1
        edited = message_edit(by=self.ben, room=self.tea, seq=1, content="@ann, please look")
        assert mention in edited.html
        assert list(Mention.objects.filter(message=edited).values_list("user", flat=True)) == [self.ann.pk]

    def test_a_new_account_is_not_mistaken_for_a_deleted_one(self) -> None:
        self.said(self.ann, "by the first ann")
        self.said(self.ben, "@ann, look", reply_to=1)
        self.ann.delete()
        self.ben.username = "ann"
        with self.assertRaises(Exception):  # noqa: B017
            self.ben.save()
        self.ben.refresh_from_db()
        first, second = self.wire(1), self.wire(2)
        assert (first["user_id"], first["user_name"], second["reply_to"]["user_id"]) == (None, "ann", None)
        page = self.page(self.olga)
        assert "message-gone" in page
        assert "message-own" not in page
        assert "mention-me" not in page

    def test_older_messages_say_whom_they_mention(self) -> None:
        self.said(self.ben, "@ann and @olga, look")
        self.said(self.ann, "I, @ann")
        now = [message.html for message in Message.objects.order_by("seq")]
        for message in Message.objects.all():
            before = message.html
            for user in (self.ann, self.olga):
                before = before.replace(f' data-user-id="{user.pk}"', "")
            Message.objects.filter(pk=message.pk).update(html=before)
        message_post(by=self.ann, room=self.tea, content="x")
        Message.objects.filter(seq=3).update(html='<p><span class="mention" data-user="gone">@gone</span></p>')
        import_module("rooms.migrations.0011_mentions_by_id").add_ids(apps, None)
        htmls = [message.html for message in Message.objects.order_by("seq")]
        assert htmls == [*now, '<p><span class="mention" data-user="gone">@gone</span></p>']

    def test_a_personal_topic_stays_with_a_renamed_account(self) -> None:
        profile_update(user=self.ann, display_name="Ann")
        self.ok("GET", "topics/@ann/notifications/", by=self.ann)
        self.rename(self.ann, "anna")
        for name in ("@ann", "@anna", "@ANNA"):
            self.ok("GET", f"topics/{name}/notifications/", by=self.ann)
            self.ok("GET", f"topics/{name}/notifications/", by=self.ben, status=404)

    def test_signing_in_with_a_former_user_name_works(self) -> None:
        self.rename(self.ann, "anna")
        for name in ("ann", "anna"):
            self.ok("POST", "token/", {"username": name, "password": PASSWORD})
