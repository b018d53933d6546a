"""Link previews: when pages are fetched, which messages show them, and who removes them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.errors import NotFound
from rooms.models import Blob, LinkPreview, MessagePreview
from rooms.previews import cards
from rooms.previews.cards import Card, CardPicture
from rooms.selectors.messages import changes_since, get_message, recent_messages
from rooms.services import previews
from rooms.services.blobs import blobs_remove_unused, blobs_sweep
from rooms.services.members import member_set_role
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, messages_post
from rooms.services.preview_removal import preview_remove
from rooms.services.previews import (
    MAX_ATTEMPTS,
    Result,
    preview_claim,
    preview_fetch,
    preview_finish,
    preview_refetch,
    previews_link,
    previews_run,
    previews_show,
    previews_sweep,
)
from rooms.services.rooms import room_update
from rooms.tests.services.test_posting import WithRoom
from rooms.wire import message_wire

URL = "https://site.example/page"
CARD = Card("A title", "Site", "Some words.", None)
PICTURE = CardPicture(b"a picture", 640, 320)


@override_settings(LINK_PREVIEWS=True)
class WithPreviews(WithRoom):
    def fetch_all(self, result: Result | None = None) -> list[str]:
        """Do what server processes do until nothing is left, without fetching; return what would be fetched."""
        fetched = []
        while previews_link():
            pass
        while (preview := preview_claim()) is not None:
            fetched.append(preview.url)
            preview_finish(preview, result or Result(CARD))
        while previews_show():
            pass
        return fetched

    def titles(self, seq: int = 1) -> list[str]:
        """Return the titles of the previews that a message shows."""
        return [one["title"] for one in message_wire(get_message(self.room, seq)).get("previews", [])]


class Fetching(WithPreviews):
    def test_a_message_shows_the_preview_with_its_next_version_and_is_not_edited(self) -> None:
        self.post(f"Look: {URL}")
        assert self.titles() == []
        announced = self.announced(self.fetch_all)
        assert [announcement.version for announcement in announced] == [2]
        (message,) = changes_since(self.room, version=1, limit=10)
        wire = message_wire(message)
        (preview,) = wire["previews"]
        assert preview.pop("id")
        assert preview == {"url": URL, "title": "A title", "site": "Site", "description": "Some words."}
        assert (wire["version"], "edited_at" in wire) == (2, False)

    def test_one_fetch_serves_all_messages_with_the_link(self) -> None:
        self.post(URL)
        self.post(f"{URL}#part")
        assert self.fetch_all() == [URL]
        self.post(f"again {URL}", by=self.ben)
        assert self.fetch_all() == []
        assert [self.titles(seq) for seq in (1, 2, 3)] == [["A title"]] * 3

    def test_previews_are_in_the_order_of_the_links(self) -> None:
        urls = [f"https://site.example/{number}" for number in range(3)]
        self.post(" ".join(urls))
        assert sorted(self.fetch_all()) == urls
        message = get_message(self.room, 1)
        assert [one.url for one in message.loaded_previews] == urls
        message_edit(by=self.ann, room=self.room, seq=1, content=" ".join(reversed(urls)))
        assert [one.url for one in get_message(self.room, 1).loaded_previews] == urls[::-1]

    def test_failures_are_kept_for_a_while(self) -> None:
        self.post(URL)
        assert self.fetch_all(Result(error="status 404")) == [URL]
        self.post(URL)
        assert self.fetch_all() == []
        preview = LinkPreview.objects.get()
        assert (preview.state, preview.error) == ("failed", "status 404")
        assert get_message(self.room, 1).version == 1
        LinkPreview.objects.update(expires_at=timezone.now())
        self.post(URL)
        assert self.fetch_all() == [URL]
        assert [self.titles(seq) for seq in (1, 2, 3)] == [[], [], ["A title"]]

    def test_a_page_without_a_title_shows_nothing_and_is_kept(self) -> None:
        self.post(URL)
        self.fetch_all(Result(Card("", "Site", "", None)))
        assert (LinkPreview.objects.get().state, self.titles()) == ("none", [])
        assert not MessagePreview.objects.filter(pending=True).exists()

    def test_an_expired_preview_stays_in_its_messages_and_new_ones_get_another(self) -> None:
        self.post(URL)
        self.fetch_all()
        LinkPreview.objects.update(expires_at=timezone.now())
        self.post(URL)
        assert self.fetch_all(Result(Card("Another title", "Site", "", None))) == [URL]
        assert (self.titles(1), self.titles(2)) == (["A title"], ["Another title"])
        assert get_message(self.room, 1).version == 2  # as before

    def test_a_page_is_fetched_by_one_process_and_again_if_that_is_killed_but_not_for_ever(self) -> None:
        self.post(URL)
        previews_link()
        for _ in range(MAX_ATTEMPTS):
            assert preview_claim() is not None
            assert preview_claim() is None  # another process
            LinkPreview.objects.update(due_at=timezone.now())  # the first one was killed a while ago
        assert preview_claim() is None
        preview = LinkPreview.objects.get()
        assert (preview.state, preview.error, preview.due_at) == ("failed", "given up", None)

    def test_a_process_that_comes_too_late_changes_nothing(self) -> None:
        self.post(URL)
        previews_link()
        slow = preview_claim()
        assert slow is not None
        LinkPreview.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        fast = preview_claim()
        assert fast is not None
        preview_finish(fast, Result(CARD))
        preview_finish(slow, Result(error="too late"))
        assert LinkPreview.objects.get().state == "fetched"

    def test_an_error_while_fetching_is_a_failure(self) -> None:
        with mock.patch.object(cards, "make_card", side_effect=RuntimeError("x")), self.assertLogs(previews.logger):
            assert preview_fetch(URL) == Result(error=previews.UNEXPECTED)
        assert preview_fetch("http://127.0.0.1/") == Result(error="not a public address")

    def test_an_admin_has_a_page_fetched_again_for_the_messages_that_have_it(self) -> None:
        self.post(URL)
        self.fetch_all()
        preview_refetch(LinkPreview.objects.get())
        assert self.titles() == ["A title"]
        assert self.fetch_all(Result(Card("Another title", "", "", None))) == [URL]
        assert (self.titles(), get_message(self.room, 1).version) == (["Another title"], 3)
        preview_refetch(LinkPreview.objects.get())
        self.fetch_all(Result(error="gone"))
        assert (self.titles(), get_message(self.room, 1).version) == ([], 4)


class Switches(WithPreviews):
    def test_with_previews_off_nothing_is_recorded_and_nothing_looked_up(self) -> None:
        with override_settings(LINK_PREVIEWS=False), mock.patch("socket.getaddrinfo") as look_up:
            self.post(URL)
            message_edit(by=self.ann, room=self.room, seq=1, content=f"{URL} {URL}/2")
            assert not MessagePreview.objects.exists()
            with override_settings(LINK_PREVIEWS=True):
                self.post(URL)
            with mock.patch.object(previews, "in_database") as work:
                asyncio.run(previews_run())
        assert not work.called
        assert not look_up.called

    def test_a_room_without_previews_has_none(self) -> None:
        room_update(by=self.owner, room=self.room, link_previews=False)
        self.post(URL)
        assert self.fetch_all() == []
        assert not MessagePreview.objects.exists()
        room_update(by=self.owner, room=self.room, link_previews=True)
        self.post(URL)
        assert self.fetch_all() == [URL]

    def test_posting_and_reading_without_links_takes_no_query_more(self) -> None:
        counts = []
        for on in (False, True):
            with override_settings(LINK_PREVIEWS=on), CaptureQueriesContext(connection) as queries:
                messages_post([NewMessage(self.room.pk, self.ann, "no link")])
                recent_messages(self.room)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class Changes(WithPreviews):
    def test_links_added_by_an_edit_get_a_preview_and_links_gone_lose_theirs(self) -> None:
        self.post(URL)
        self.fetch_all()
        message_edit(by=self.ann, room=self.room, seq=1, content="https://other.example/")
        assert self.titles() == []
        assert self.fetch_all() == ["https://other.example/"]
        assert [one["url"] for one in message_wire(get_message(self.room, 1))["previews"]] == ["https://other.example/"]

    def test_an_edit_that_keeps_the_link_keeps_the_preview(self) -> None:
        self.post(URL)
        self.fetch_all()
        edited = message_edit(by=self.ann, room=self.room, seq=1, content=f"now with words: {URL}")
        assert [one["title"] for one in message_wire(edited)["previews"]] == ["A title"]
        assert self.fetch_all() == []
        assert self.titles() == ["A title"]

    def test_a_link_that_is_gone_before_it_was_fetched_shows_nothing(self) -> None:
        self.post(URL)
        previews_link()
        message_edit(by=self.ann, room=self.room, seq=1, content="no link")
        self.fetch_all()
        assert (self.titles(), get_message(self.room, 1).version) == ([], 2)

    def test_a_deleted_message_has_none(self) -> None:
        self.post(URL)
        self.fetch_all()
        deleted = message_delete(by=self.ann, room=self.room, seq=1)
        assert "previews" not in message_wire(deleted)
        assert not MessagePreview.objects.exists()

    def test_the_author_or_a_moderator_removes_it_for_good(self) -> None:
        member_set_role(by=self.owner, room=self.room, user=self.ben, role="moderator")
        for seq, by in ((1, self.ann), (2, self.ben), (3, self.owner)):
            self.post(URL)
            self.fetch_all()
            preview_id = get_message(self.room, seq).loaded_previews[0].id
            version = get_message(self.room, seq).version

            def remove(by=by, seq=seq, preview_id=preview_id) -> None:  # type: ignore[no-untyped-def]
                for _ in range(2):
                    preview_remove(by=by, room=self.room, seq=seq, preview_id=preview_id)

            assert len(self.announced(remove)) == 1
            message = get_message(self.room, seq)
            assert (self.titles(seq), message.version > version, message.edited_at) == ([], True, None)
            message_edit(by=self.ann, room=self.room, seq=seq, content="none")
            message_edit(by=self.ann, room=self.room, seq=seq, content=f"again {URL}")
            assert self.fetch_all() == []
            assert self.titles(seq) == []

    def test_others_may_not_remove_it_and_one_of_another_message_is_not_found(self) -> None:
        self.post(URL)
        self.post(URL)
        self.fetch_all()
        preview_id = get_message(self.room, 1).loaded_previews[0].id
        for by, seq in ((self.ben, 1), (self.ann, 2)):
            with pytest.raises(NotFound):
                preview_remove(by=by, room=self.room, seq=seq, preview_id=preview_id)
        assert self.titles() == ["A title"]


class Pictures(WithPreviews):
    def setUp(self) -> None:
        self.post(URL)
        self.fetch_all(Result(Card("A title", "Site", "", PICTURE)))

    def test_the_picture_is_served_from_here(self) -> None:
        (preview,) = message_wire(get_message(self.room, 1))["previews"]
        assert (preview["picture"]["width"], preview["picture"]["height"]) == (640, 320)
        response = self.client.get(preview["picture"]["url"])
        assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
        assert b"".join(response.streaming_content) == b"a picture"  # type: ignore[attr-defined]
        assert response["X-Content-Type-Options"] == "nosniff"

    def test_other_files_are_not_served_there(self) -> None:
        LinkPreview.objects.update(picture=None)
        assert self.client.get(f"/previews/{Blob.objects.get().key}.webp").status_code == 404

    def test_it_stays_when_a_file_with_the_same_content_is_deleted(self) -> None:
        assert blobs_remove_unused([Blob.objects.get().pk]) == 0  # as after the deletion of an attachment

    def test_it_is_removed_with_the_last_preview_that_has_it(self) -> None:
        assert (previews_sweep(), blobs_sweep()) == (0, 0)
        message_delete(by=self.ann, room=self.room, seq=1)
        assert (previews_sweep(), blobs_sweep()) == (0, 0)  # for new messages with the link
        LinkPreview.objects.update(expires_at=timezone.now())
        assert (previews_sweep(), blobs_sweep()) == (1, 1)
        assert not Blob.objects.exists()

    def test_an_expired_preview_stays_as_long_as_a_message_has_it(self) -> None:
        LinkPreview.objects.update(expires_at=timezone.now())
        assert (previews_sweep(), blobs_sweep()) == (0, 0)
        assert self.titles() == ["A title"]
