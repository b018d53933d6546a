"""Previews of links over REST, and the messages that links lead to."""

from django.test import override_settings

from rooms.models import User
from rooms.previews.cards import Card
from rooms.selectors.messages import get_message
from rooms.services.messages import message_delete
from rooms.services.previews import Result, preview_claim, preview_finish, previews_link, previews_show
from rooms.services.profile import profile_update
from rooms.tests.support.api_case import ApiCase


class PreviewTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        with override_settings(LINK_PREVIEWS=True):
            self.say("https://site.example/")
        previews_link()
        preview = preview_claim()
        assert preview is not None
        preview_finish(preview, Result(Card("A title", "Site", "Some words.", None)))
        previews_show()
        self.path = f"rooms/tea/messages/1/previews/{get_message(self.tea, 1).loaded_previews[0].id}/"

    def test_pages_of_messages_have_them(self) -> None:
        for path in ("rooms/tea/messages/", "rooms/tea/messages/?since=1"):
            (message,) = self.ok("GET", path, by=self.ben)["messages"]
            assert [one["title"] for one in message["previews"]] == ["A title"]

    def test_the_author_removes_one(self) -> None:
        message = self.ok("DELETE", self.path, by=self.ann)
        assert ("previews" in message, message["version"]) == (False, 3)

    def test_others_may_not(self) -> None:
        for user in (self.ben, self.zed):
            self.refused(404, "not_found", "DELETE", self.path, by=user)
        self.refused(401, "not_authenticated", "DELETE", self.path)
        self.refused(404, "not_found", "DELETE", self.path.replace("previews/", "previews/9"), by=self.mo)
        self.ok("DELETE", self.path, by=self.mo)

    def test_a_room_says_whether_links_get_a_preview(self) -> None:
        assert self.ok("GET", "rooms/tea/", by=self.ann)["link_previews"] is True
        assert self.ok("PATCH", "rooms/tea/", {"link_previews": False}, by=self.mo)["link_previews"] is False
        assert self.ok("GET", "rooms/tea/", by=self.ann)["link_previews"] is False
        self.refused(400, "invalid_field", "PATCH", "rooms/tea/", {"link_previews": "no"}, by=self.mo)
        created = {"name": "new", "link_previews": False}
        assert self.ok("POST", "rooms/", created, by=self.ann, status=201)["link_previews"] is False

    def test_people_choose_whether_their_pages_show_them(self) -> None:
        self.client.force_login(self.ben)
        assert "A title" in self.client.get("/rooms/tea/").content.decode()
        assert self.ok("GET", "me/", by=self.ben)["show_link_previews"] is True
        changed = self.ok("PATCH", "me/", {"show_link_previews": False}, by=self.ben)
        assert (changed["show_link_previews"], changed["display_name"]) == (False, "ben")
        page = self.client.get("/rooms/tea/").content.decode()
        assert "A title" not in page
        assert '"previews": null' in page
        self.refused(400, "invalid_field", "PATCH", "me/", {}, by=self.ben)
        profile_update(user=self.ben, display_name="Ben")
        assert User.objects.get(pk=self.ben.pk).show_link_previews is False

    def test_forms_switch_them_off_too(self) -> None:
        with override_settings(LINK_PREVIEWS=True):
            self.client.force_login(self.mo)
            form = {"title": "Tea", "description": "", "kind": "private", "pinning": "moderators"}
            form["room_mentions"] = "moderators"
            self.client.post("/rooms/tea/settings/", form)
            self.tea.refresh_from_db()
            assert self.tea.link_previews is False
            self.client.post("/accounts/profile/", {"display_name": "Mo"})
            assert User.objects.get(pk=self.mo.pk).show_link_previews is False
            self.client.post("/accounts/profile/", {"display_name": "Mo", "show_link_previews": "on"})
            assert User.objects.get(pk=self.mo.pk).show_link_previews is True
        assert "id_link_previews" not in self.client.get("/rooms/tea/settings/").content.decode()


class LinkedMessageTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.say("Tea at *four*.")

    def test_those_who_may_read_a_message_get_its_card(self) -> None:
        self.client.force_login(self.ben)
        card = self.client.get("/rooms/tea/messages/1/")
        for shown in ("ann", "Tea at four.", "in <bdi>Tea</bdi>", "/rooms/tea/?message=1"):
            self.assertContains(card, shown)
        assert "no-store" in card["Cache-Control"]

    def test_others_get_what_a_message_that_does_not_exist_gives(self) -> None:
        self.client.force_login(self.zed)
        hidden, missing = (self.client.get(f"/rooms/{name}/messages/1/") for name in ("tea", "nowhere"))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert b"Tea" not in hidden.content
        self.client.logout()
        assert self.client.get("/rooms/tea/messages/1/").status_code == 302
        self.client.force_login(self.ben)
        assert self.client.get("/rooms/tea/messages/2/").status_code == 404
        message_delete(by=self.ann, room=self.tea, seq=1)
        assert self.client.get("/rooms/tea/messages/1/").status_code == 404
