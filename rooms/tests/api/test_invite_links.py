"""Invite links over REST."""

from datetime import timedelta

from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from rooms.models import InviteLink, Membership, User
from rooms.people import guess_throttle
from rooms.selectors.invite_links import PROBLEMS, LinkState, invite_token
from rooms.services.invite_links import invite_link_create, invite_link_revoke
from rooms.tests.support.api_case import ApiCase


class InviteLinks(ApiCase):
    def test_a_moderator_creates_lists_and_revokes_links(self) -> None:
        expires_at = (timezone.now() + timedelta(days=1)).isoformat()
        body = {"max_uses": 3, "expires_at": expires_at}
        made = self.ok("POST", "rooms/tea/invite-links/", body, by=self.mo, status=201)
        link = InviteLink.objects.get()
        assert made["url"] == f"http://testserver/invite/{invite_token(link)}/"
        assert (made["id"], made["room_name"], made["state"]) == (link.link_id, "tea", "works")
        assert (made["created_by"], made["uses"], made["max_uses"]) == ("mo", 0, 3)
        assert made["expires_at"].startswith(expires_at[:19])
        second = self.ok("POST", "rooms/tea/invite-links/", {}, by=self.olga, status=201)
        listed = self.ok("GET", "rooms/tea/invite-links/", by=self.mo)["results"]
        assert listed == [second, made]
        assert self.ok("GET", "rooms/tea/invite-links/?limit=1", by=self.mo)["results"] == [second]
        self.ok("DELETE", f"invite-links/{made['id']}/", by=self.olga, status=204)
        (revoked,) = (
            each for each in self.ok("GET", "rooms/tea/invite-links/", by=self.mo)["results"] if each != second
        )
        assert revoked["state"] == "revoked"
        assert revoked["revoked_at"] is not None

    def test_somebody_joins_with_the_address_or_its_last_part(self) -> None:
        link = invite_link_create(by=self.mo, room=self.tea)
        token = invite_token(link)
        for user, given in ((self.zed, f"https://chat.example.org/invite/{token}/"), (self.ann, token)):
            member = self.ok("POST", "join/", {"link": given}, by=user, status=201)
            assert (member["user_name"], member["role"]) == (user.username, "member")
        people = self.ok("GET", f"invite-links/{link.link_id}/people/", by=self.mo)["results"]
        assert [(each["user_id"], each["user_name"]) for each in people] == [(self.zed.pk, "zed")]

    def test_why_a_link_does_not_work_is_said_and_an_unknown_one_is_not_found(self) -> None:
        link = invite_link_create(by=self.mo, room=self.tea)
        invite_link_revoke(by=self.mo, link=link)
        problem = self.refused(409, "conflict", "POST", "join/", {"link": invite_token(link)}, by=self.zed)
        assert problem["detail"] == PROBLEMS[LinkState.REVOKED]
        for given in ("x", "/", "x" * 34, "\u00e9" * 34, "x" * 500):
            self.refused(404, "not_found", "POST", "join/", {"link": given}, by=self.zed)
        self.refused(401, "not_authenticated", "POST", "join/", {"link": invite_token(link)})
        assert not Membership.objects.filter(user=self.zed).exists()

    @override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}})
    def test_guessing_is_limited(self) -> None:
        cache.clear()
        for number in range(guess_throttle.PER_NETWORK):
            self.refused(404, "not_found", "POST", "join/", {"link": f"{number:012}" + "x" * 22}, by=self.zed)
        problem = self.refused(429, "rate_limited", "POST", "join/", {"link": "x" * 34}, by=self.zed)
        assert problem["retry_after"] == guess_throttle.WINDOW

    def test_members_and_strangers_see_no_links(self) -> None:
        link = invite_link_create(by=self.mo, room=self.tea)
        for user in (self.ann, self.zed):
            for method, path in (
                ("GET", "rooms/tea/invite-links/"),
                ("POST", "rooms/tea/invite-links/"),
                ("GET", "invite-links/"),
                ("POST", "invite-links/"),
                ("DELETE", f"invite-links/{link.link_id}/"),
                ("GET", f"invite-links/{link.link_id}/people/"),
            ):
                self.refused(404, "not_found", method, path, {} if method == "POST" else None, by=user)
        absent = self.request("DELETE", "invite-links/nothing/", by=self.zed)
        self.assert_same_answer(self.request("DELETE", f"invite-links/{link.link_id}/", by=self.zed), absent)
        link.refresh_from_db()
        assert link.revoked_at is None

    def test_staff_create_links_for_accounts(self) -> None:
        User.objects.filter(pk=self.ben.pk).update(is_staff=True)
        made = self.ok("POST", "invite-links/", {"max_uses": None}, by=self.ben, status=201)
        assert (made["room_name"], made["max_uses"]) == (None, None)
        assert self.ok("GET", "invite-links/", by=self.ben)["results"] == [made]
        assert self.ok("GET", "rooms/tea/invite-links/", by=self.olga)["results"] == []
        self.refused(409, "conflict", "POST", "join/", {"link": made["url"]}, by=self.zed)
