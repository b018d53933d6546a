"""A user name belongs to one account forever, in every spelling, and no other name can look like it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from urllib.parse import unquote, urljoin

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase, override_settings
from django.urls import resolve, reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from notifications.models import Topic
from notifications.selectors.topics import get_topic_for
from notifications.services.topics import topic_create
from rooms.errors import InvalidField, NotFound
from rooms.models import NAME_TAKEN, Message, Room, User, UserName
from rooms.people.names import name_key
from rooms.selectors.people import get_person
from rooms.selectors.rooms import get_room_for
from rooms.services.accounts import account_create
from rooms.services.members import member_join
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.profile import check_display_name, profile_update
from rooms.services.rooms import room_create, room_update
from rooms.services.text_rules import check_guest_name
from rooms.tests.support.api_case import ApiCase

PASSWORD = "a-Good-pass-phrase"
FEW = settings(
    max_examples=30, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# Django's allowed characters in user names, across Unicode.
NAMES = st.text(st.characters(categories=["L", "N"], include_characters="_.@+-"), min_size=1, max_size=12)


def sign_up(name: str, display_name: str = "") -> User:
    return account_create(username=name, password=PASSWORD, display_name=display_name)


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
class AllOfUnicode(HypothesisCase):
    @FEW
    @given(NAMES, st.sampled_from([str.upper, str.lower, str.title, str.swapcase, str.casefold, lambda name: name]))
    def test_an_account_is_found_by_every_spelling_of_its_name_and_owns_them(
        self, name: str, spell: Callable[[str], str]
    ) -> None:
        try:
            user = account_create(username=name, password=PASSWORD)
        except InvalidField:
            return
        spelling = spell(user.username)
        if name_key(spelling) != name_key(name):  # some letters share their capital with another letter
            return
        assert get_person(spelling) == user
        assert User.objects.get_by_natural_key(spelling) == user
        with pytest.raises(InvalidField):
            account_create(username=spelling, password=PASSWORD)
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(username=spelling)

    @FEW
    @given(NAMES)
    def test_every_name_survives_a_round_trip_through_a_url(self, name: str) -> None:
        name = User.normalize_username(name)
        try:
            User._meta.get_field("username").clean(name, None)
        except ValidationError:
            return
        for view, made in (("api_member", {"name": "tea", "user_name": name}), ("api_topic", {"name": f"@{name}"})):
            address = reverse(f"api:{view}", kwargs=made)
            assert urljoin("http://a.example/", address) == f"http://a.example{address}", "as clients normalise it"
            assert resolve(unquote(address)).kwargs == made

    @FEW
    @given(st.text(max_size=12))
    def test_no_text_breaks_a_lookup(self, text: str) -> None:
        with pytest.raises(NotFound):
            get_person(text)
        with pytest.raises(User.DoesNotExist):
            User.objects.get_by_natural_key(text)


class Names(ApiCase):
    def test_every_endpoint_finds_a_user_by_every_spelling(self) -> None:
        emile = sign_up("Émile")
        for spelling in ("émile", "E\u0301MILE", "ÉMILE"):
            assert authenticate(username=spelling, password=PASSWORD) == emile
            token = self.ok("POST", "token/", {"username": spelling, "password": PASSWORD})
            assert token["access"]
            assert Client().post("/accounts/login/", {"username": spelling, "password": PASSWORD}).status_code == 302
            assert get_topic_for(emile, f"@{spelling}").owner == emile
            task = self.ok("POST", "tasks/", {"title": "x", "assignee": spelling}, by=self.ann, status=201)
            assert task["assignee"] == "Émile"
            assert self.ok("GET", f"tasks/?assignee={spelling}", by=self.ann)["results"]
            self.ok("DELETE", f"tasks/{task['id']}/", by=self.ann, status=204)
            direct = {"kind": "direct", "user_names": [spelling, "ann"]}
            self.ok("POST", "rooms/", direct, by=self.ann, status=201 if spelling == "émile" else 200)
            body = {"user_name": spelling}
            assert self.ok("POST", "rooms/square/members/", {}, by=emile, status=201)["user_name"] == "Émile"
            self.ok("POST", "rooms/square/members/", body, by=emile, status=201)
            self.ok("DELETE", f"rooms/square/members/{spelling}/", by=self.olga, status=204)
            said = message_post(by=self.ann, room=self.tea, content=f"no member: @{spelling}").message
            assert "mention" not in said.html
        member_join(user=emile, room=self.square)
        member_join(user=self.ann, room=self.square)
        said = message_post(by=self.ann, room=self.square, content="@émile and @ÉMILE.").message
        assert said.html.count(">@Émile</span>") == 2

    def test_no_spelling_of_a_taken_name_can_be_registered(self) -> None:
        sign_up("Straße"), sign_up("Алиса"), sign_up("ﬁona")
        for name in ("STRASSE", "straſſe", "АЛИСА", "FIONA", "ｆｉｏｎａ", "ann", "ANN"):
            with self.subTest(name=name), pytest.raises(InvalidField) as caught:
                sign_up(name)
            assert caught.value.detail == str(NAME_TAKEN)
            form = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
            page = Client().post("/accounts/signup/", form)
            assert (page.status_code, str(NAME_TAKEN) in page.content.decode()) == (200, True)
        assert User.objects.get(names__key="fiona").username == "fiona", "as it is shown, a name is NFKC"

    def test_no_name_can_look_like_a_taken_one(self) -> None:
        for name in ("alice", "apple", "bob"):
            sign_up(name)
        for name in ("ɑlice", "аӏісе", "аррӏе", "ВОВ"):
            with self.subTest(name=name), pytest.raises(InvalidField):
                sign_up(name)
        for name in ("bam", "barn", "a1", "al", "b0b", "müller", "muller", "Катя", "山田taro", "ليلى"):
            with self.subTest(name=name):
                sign_up(name)

    def test_invalid_names_are_rejected_by_every_endpoint(self) -> None:
        nothing = [".", "..", "...", "@", "+", "-", "_", ".-@", "\u3164", "\u1160\u115f", "\uffa0"]
        for name in [*nothing, "a\u3164b", "аlice", "αlpha", "日本カ한", "a b", "a/b", "a\\b", "%2e", "a\n", ""]:
            with self.subTest(name=ascii(name)):
                with pytest.raises(InvalidField):
                    sign_up(name)
                with pytest.raises(InvalidField):
                    check_guest_name(name)
                form = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
                # Forms strip the text around a name.
                assert Client().post("/accounts/signup/", form).status_code == (302 if name == "a\n" else 200)
        for name in (".", ".."):
            with self.subTest(name=name), pytest.raises(IntegrityError), transaction.atomic():
                User.objects.filter(pk=self.ann.pk).update(username=name)

    def test_a_guest_can_not_use_a_current_or_former_user_name(self) -> None:
        room_update(by=self.olga, room=self.square, guests="write")
        sign_up("Émile")
        self.zed.delete()
        self.mo.username = "morris"
        self.mo.save()
        for name in ("ANN", "ａｎｎ", "ÉMILE", "аnn", "ɑnn", "zed", "mo", "Morris"):
            with self.subTest(name=name), pytest.raises(InvalidField):
                new = NewMessage(self.square.pk, None, "hello", guest_name=check_guest_name(name))
                raise messages_post([new])[0]  # type: ignore[misc]
        new = NewMessage(self.square.pk, None, "hello", guest_name=check_guest_name("Visitor"))
        assert messages_post([new])[0].message.user_name == "Visitor"  # type: ignore[union-attr]

    def test_a_display_name_can_not_be_another_users_name(self) -> None:
        sign_up("alice")
        for name in ("alice", "ALICE", "ａlice", " alice\u00a0", "аlice", "ɑlice", "аӏісе"):
            with self.subTest(name=ascii(name)), pytest.raises(InvalidField):
                profile_update(user=self.ann, display_name=name)
        profile_update(user=self.ann, display_name="ANN")  # one's own name

    def test_a_display_name_is_visible_and_stays_on_one_line(self) -> None:
        hidden = [
            "\u3164",
            "\u115f\u1160",
            "\uffa0",
            "\u2800",
            "\u200b",
            "\u2060",
            "\u00ad",
            "\u034f",
            "\u17b5",
            "\u0301",
        ]
        steering = ["a\u202eb", "a\u2066b", "a\u061cb", "a\ufeffb", "al\u00adice", "a\u200bb", "a\U000e0041"]
        for name in [*hidden, *steering, "a\nb", "a\u2028b", "Z" + "\u0301\u0302\u0303\u0304\u0305"]:
            with self.subTest(name=ascii(name)), pytest.raises(InvalidField):
                check_display_name(name)
        for name in ("Ann 🍵", "Ann ❤️", "👩‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Ann", "Nguyễn Thị", "علی\u200cرضا", "שָׁלוֹם", "राम"):
            with self.subTest(name=name):
                check_display_name(name)
        assert check_display_name(" a \u00a0\u3000 b ") == "a b"

    def test_renamed_and_deleted_accounts_keep_their_names_reserved(self) -> None:
        self.ann.username = "anna"
        self.ann.full_clean(exclude=["password"])
        self.ann.save()
        assert get_person("ANN") == get_person("anna") == self.ann
        said = message_post(by=self.ben, room=self.tea, content="@ann, please look").message
        assert "@anna</span>" in said.html
        assert [mention.user for mention in said.mentions.all()] == [self.ann]
        self.ann.username = "Ann"  # one's own old name can be used again
        self.ann.save()
        self.zed.delete()
        for name in ("ann", "ANNA", "zed", "Zed", "аnna"):
            with self.subTest(name=name), pytest.raises(InvalidField):
                sign_up(name)
        self.ben.username = "zed"
        with pytest.raises(ValidationError):
            self.ben.full_clean(exclude=["password"])
        with pytest.raises(IntegrityError), transaction.atomic():
            self.ben.save()
        with pytest.raises(NotFound):
            get_person("zed")

    def test_titles_are_visible_and_stay_on_one_line(self) -> None:
        for title in ("\u3164", "\u200b", "\u2800 \u2060", "\u202etea", "a\u2067b", "a\x07b", "\x9f"):
            for field in ("title", "description"):
                with self.subTest(title=ascii(title), field=field):
                    self.ok("POST", "rooms/", {"name": "new", field: title}, by=self.ann, status=400)
                    self.ok("PATCH", "rooms/tea/", {field: title}, by=self.olga, status=400)
        room = self.ok("POST", "rooms/", {"name": "new", "title": " Tea \n 🍵❤️ "}, by=self.ann, status=201)
        assert room["title"] == "Tea 🍵❤️"
        assert self.ok("PATCH", "rooms/new/", {"title": "  "}, by=self.ann)["title"] == ""

    def test_dots_alone_name_neither_rooms_nor_topics(self) -> None:
        staff = User.objects.create_user("sam", is_staff=True)
        for name in (".", "..", "...", "." * 64):
            with self.subTest(name=name):
                self.ok("POST", "rooms/", {"name": name}, by=self.ann, status=400)
                page = self.client.post("/rooms/", {"name": name, "title": "x", "kind": "open"}, headers={})
                assert page.status_code == 302, "nobody is signed in"
                with pytest.raises(InvalidField):
                    room_create(by=self.ann, name=name)
                with pytest.raises(InvalidField):
                    topic_create(by=staff, name=name)
                with pytest.raises(IntegrityError), transaction.atomic():
                    Room.objects.create(name=name)
                with pytest.raises(IntegrityError), transaction.atomic():
                    Topic.objects.create(name=name)
        for name in (".a", "a..", "-", "_", "..-"):
            self.ok("POST", "rooms/", {"name": name}, by=self.ann, status=201)
            assert self.ok("GET", f"rooms/{name}/", by=self.ann)["name"] == name


class NamesFromBefore(TestCase):
    """What the migration does to existing accounts, rooms and topics."""

    def setUp(self) -> None:
        checks = {User: "user_name_form", Room: "room_name_form", Topic: "topic_name_form"}
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = ON")
                self.addCleanup(connection.cursor().execute, "PRAGMA ignore_check_constraints = OFF")
            else:
                for model, check in checks.items():
                    cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {check}")

    def test_older_names_are_found_as_before_or_under_a_reachable_name(self) -> None:
        names = ("émile", "Émile", "..", "@", "ﬀ", "ff", "\u1160")
        people = dict(zip(names, User.objects.bulk_create(User(username=name) for name in names), strict=True))
        in_the_way = User.objects.bulk_create([User(username=f"user-{people['..'].pk}")])[0]
        dot, dots, tea = Room.objects.bulk_create(Room(name=name) for name in (".", "..", "tea"))
        Room.objects.create(name=f"dots-{dot.pk}")
        topic = Topic.objects.create(name="..")
        for seq, guest in ((1, False), (2, True)):
            name = "visitor" if guest else "gone"
            Message.objects.create(
                room=tea, seq=seq, version=seq, user_name=name, guest=guest, created_at=timezone.now()
            )

        migration = import_module("rooms.migrations.0007_user_names")
        migration.rename_rooms(apps, None)
        migration.keep_names(apps, None)
        import_module("notifications.migrations.0004_topic_names").rename_topics(apps, None)

        for name in names[:-1]:
            assert User.objects.get_by_natural_key(name) == people[name], name
        assert User.objects.get_by_natural_key("E\u0301MILE") == people["émile"], "the older one has the key"
        for name, now in (("..", f"{in_the_way.username}-2"), ("@", None), ("\u1160", None)):
            people[name].refresh_from_db()
            assert people[name].username == (now or f"user-{people[name].pk}")
            assert get_person(people[name].username) == people[name]
        people["Émile"].save()
        people["Émile"].full_clean(exclude=["password"])
        assert UserName.objects.unavailable(["GONE", "visitor"]) == {"GONE"}
        assert [get_room_for(people["@"], room).pk for room in (f"dots-{dot.pk}-2", f"dots-{dots.pk}")] == [
            dot.pk,
            dots.pk,
        ]
        topic.refresh_from_db()
        assert topic.name == f"dots-{topic.pk}"
